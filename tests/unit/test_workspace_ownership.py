"""The file and the console as two writers of a workspace: digests, placeholders and merge patches."""

from typing import Any

import pytest

from shared.flows.yaml_tree import read_tree
from shared.operations.workspaces.export import compact
from shared.operations.workspaces.yaml_text import to_yaml
from shared.workspace.config import WorkspaceFile
from shared.workspace.diff import changes
from shared.workspace.merge_patch import merged
from shared.workspace.ownership import Ownership, digests
from shared.workspace.parts import FIELDS, Part, part_of


def document(**fields: Any) -> dict[str, Any]:
    return {"_id": "acme", "name": "Acme", "bot": {"history": 10}, "channels": [], "webhooks": [], **fields}


def test_every_field_of_a_workspace_file_is_in_one_part() -> None:
    fields = [name for names in FIELDS.values() for name in names]
    assert sorted(fields) == sorted(set(WorkspaceFile.model_fields) - {"workspace", "managed_by_file"})
    assert part_of("faqs[When? e.g. now].answer") is Part.FAQS
    assert part_of("limits.customers") is part_of("tier") is Part.LIMITS


def test_part_is_edited_when_it_differs_from_what_the_file_applied() -> None:
    before = document()
    owned = Ownership(applied=digests(before))
    assert owned.edited(before) == ()
    after = document(bot={"history": 12})
    assert owned.edited(after) == (Part.BOT,)
    assert owned.edited(document()) == (), "an edit that was taken back"
    file = document(bot={"history": 11}, name="Shop")
    assert [one.path for one in owned.overwritten(after, changes(after, file))] == ["bot.history"]
    assert Ownership().overwritten(after, changes(after, file)) == (), "stored before digests were"


def test_encrypted_secrets_do_not_change_a_digest_and_the_consoles_are_known_by_path() -> None:
    channel = {"id": "main", "settings": {}, "secrets": {"access_token": "v1:k1:a"}}
    before = document(channels=[channel])
    resealed = document(channels=[{**channel, "secrets": {"access_token": "v1:k2:b"}}])
    assert digests(before) == digests(resealed)
    path = "channels[main].access_token"
    owned = Ownership(applied=digests(before)).after_edit(before, resealed, changes(before, resealed), [path])
    assert owned.edited(resealed) == (Part.CHANNELS,)
    assert [one.path for one in owned.overwritten(resealed, changes(resealed, before))] == [path]
    assert Ownership.of({"ownership": owned.document()}) == owned
    assert owned.after_edit(resealed, document(), (), ()).secrets == (), "the channel is gone"


def test_part_that_an_edit_leaves_alone_stays_applied_in_a_newer_form() -> None:
    before, after = document(), document(name="New", bot={"history": 10, "newer_field": 1})
    found = [one for one in changes(before, after) if one.path == "name"]
    owned = Ownership(applied=digests(before)).after_edit(before, after, found, ())
    assert owned.edited(after) == (Part.PROFILE,)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_the_examples_of_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


def test_yaml_texts_are_read_back_as_they_were() -> None:
    texts = [
        *("yes", "no", "on", "1.5", "007", "2026-12-25", "09:00", "~", "null", "", " ", "a: b", "# a", "- a", "é 🙂"),
        *(
            "one\ntwo\n",
            "one\n\n  two",
            "trailing \nspace",
            "a\rb",
            "tab\tend",
            "{{1}} [x]",
            "'",
            '"',
            "x" * 300,
            "\u2028",
        ),
        *(
            "@at",
            "`tick",
            "%d",
            "&a *b",
            "!tag",
            "|",
            ">",
            "?",
            "word " * 60,
            "\n",
            "\nfirst",
            "é\u0085x",
        ),
    ]
    assert read_tree(to_yaml({"texts": texts}), 100_000).value == {"texts": texts}
    again = ["same"]
    assert read_tree(to_yaml({"a": again, "b": again}), 1000).value == {"a": again, "b": again}


def test_compact_form_has_no_defaults_and_begins_with_the_name() -> None:
    form = {"bot": {"history": 10, "mode": "faq"}, "name": "", "workspace": "acme", "flows": [], "tier": "enterprise"}
    assert list(compact(form).items()) == [("workspace", "acme"), ("bot", {"mode": "faq"})]
