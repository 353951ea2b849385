"""Edits of a workspace in the console: secrets stay, no concurrent edit is lost, and the file does not undo them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain.model_prices import load_prices
from shared.operations.workspaces import items
from shared.operations.workspaces.edit import (
    EditInvalid,
    EditOutdated,
    PartManagedByFile,
    WorkspaceEdits,
    WorkspaceNotFound,
    WorkspaceTaken,
)
from shared.repositories.workspace_changes import ChangeOptions, Rotated, WouldOverwrite
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import COLLECTION, INDEXES
from shared.storage.mongo import Document, Mongo
from shared.storage.redis import Redis
from shared.workspace.parts import Part
from tests.repositories.builders import only_channel, workspace_file

SECRETS = Secrets({"k1": b"1" * 32})
HOOK = {"id": "crm", "url": "https://crm.example.com/x", "secret": "a-long-secret-of-the-crm"}


@pytest.fixture
def editor(mongo: Mongo, redis: Redis, clock: FixedClock) -> WorkspaceEditor:
    return WorkspaceEditor(mongo, redis, SECRETS, clock)


@pytest.fixture
def edits(editor: WorkspaceEditor) -> WorkspaceEdits:
    return WorkspaceEdits(editor, load_prices().models)


async def stored(mongo: Mongo, workspace: str = "acme") -> Document:
    found = await mongo.collection("workspaces").find_one({"_id": workspace})
    assert found is not None
    return found


def clear(document: Document, channel: str = "main", name: str = "access_token") -> str:
    (found,) = (one for one in document["channels"] if one["id"] == channel)
    return SECRETS.decrypt(found["secrets"][name], workspace="acme", field=f"{channel}.{name}")


async def test_edit_keeps_all_secrets(edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo) -> None:
    await editor.apply(workspace_file(webhooks=[HOOK]))
    before = await stored(mongo)
    done = await edits.patch("acme", Part.BOT, {"bot": {"history": 12}}, revision=1)
    assert (done.revision, [one.path for one in done.changes]) == (2, ["bot.history"])
    after = await stored(mongo)
    assert (after["channels"], after["webhooks"]) == (before["channels"], before["webhooks"])
    hook = {"id": "crm", "url": "https://crm.example.com/y"}
    await edits.patch("acme", Part.WEBHOOKS, {"webhooks": [hook]})
    assert (await stored(mongo))["webhooks"][0]["secrets"] == before["webhooks"][0]["secrets"]
    address = {"address": "+2348031234568"}
    await edits.edit("acme", items.changed("channels", "main", lambda item: {**item, **address}))
    after = await stored(mongo)
    assert (after["channels"][0]["address"], clear(after)) == ("+2348031234568", "EAA-very-secret")
    assert after["channels"][1] == before["channels"][1]


async def test_secret_that_is_given_anew_replaces_only_that_one(
    edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    await editor.apply(workspace_file())
    before = await stored(mongo)
    await edits.edit("acme", items.changed("channels", "main", lambda item: {**item, "access_token": "EAA-new-token"}))
    after = await stored(mongo)
    assert clear(after) == "EAA-new-token"
    assert after["channels"][0]["secrets"]["app_secret"] == before["channels"][0]["secrets"]["app_secret"]
    assert after["ownership"]["secrets"] == ["channels[main].access_token"]
    view = await edits.view("acme")
    assert "secret" not in str(view.form).replace("app_secret", "")
    assert "EAA" not in repr(view)


async def test_kept_secret_does_not_move_to_another_channel(edits: WorkspaceEdits, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file())
    rename = items.changed("channels", "main", lambda item: {**item, "id": "renamed"})
    with pytest.raises(EditInvalid) as refused:
        await edits.edit("acme", rename)
    assert (("channels", 0, "access_token"), "is missing") in refused.value.problems


async def test_no_concurrent_edit_is_lost(edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo) -> None:
    await editor.apply(workspace_file())

    def add(number: int) -> Any:
        faq = {"question": f"Question {number}?", "answer": "Yes."}
        return lambda form: {**form, "faqs": [*form["faqs"], faq]}

    await asyncio.gather(*(edits.edit("acme", add(number)) for number in range(5)))
    after = await stored(mongo)
    assert sorted(faq["question"] for faq in after["faqs"]) == [f"Question {number}?" for number in range(5)]
    assert after["revision"] == 6


async def test_edit_of_an_outdated_revision_is_refused(edits: WorkspaceEdits, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file())
    results = await asyncio.gather(
        *(edits.patch("acme", Part.BOT, {"bot": {"history": 20 + n}}, revision=1) for n in range(4)),
        return_exceptions=True,
    )
    outdated = [one for one in results if isinstance(one, EditOutdated)]
    assert (len(outdated), {one.revision for one in outdated}) == (3, {2})
    with pytest.raises(EditOutdated):
        await edits.patch("acme", Part.BOT, {"bot": {"history": 30}}, revision=1, dry_run=True)


async def test_dry_run_shows_the_change_and_stores_nothing(
    edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    await editor.apply(workspace_file())
    before = await stored(mongo)
    done = await edits.patch("acme", Part.CATALOG, {"catalog": []}, dry_run=True)
    assert [(one.path, one.loses) for one in done.changes] == [("catalog[C1]", True)]
    assert await stored(mongo) == before
    same = await edits.patch("acme", Part.PROFILE, {"name": "Acme Coasters"})
    assert (same.revision, same.changes) == (1, ())
    assert await stored(mongo) == before


INVALID: dict[str, tuple[Part, Mapping[str, Any], tuple[int | str, ...]]] = {
    "a value out of bounds": (Part.BOT, {"bot": {"history": 500}}, ("bot", "history")),
    "a model without a price": (Part.BOT, {"bot": {"smart_model": "gpt"}}, ("bot", "smart_model")),
    "a field of another part": (Part.BOT, {"channels": []}, ("channels",)),
    "an unknown field": (Part.BOT, {"bot": {"hystory": 5}}, ("bot", "hystory")),
    "no object": (Part.BOT, {"bot": 7}, ("bot",)),
    "a variable in a text": (
        Part.FAQS,
        {"faqs": [{"question": "Q", "answer": "${SECRETS_KEY}"}]},
        ("faqs", 0, "answer"),
    ),
    "a control character": (Part.FAQS, {"faqs": [{"question": "Q", "answer": "a\x07"}]}, ("faqs", 0, "answer")),
    "no list": (Part.FAQS, {"faqs": {"a": 1}}, ("faqs",)),
    "a question twice": (Part.FAQS, {"faqs": [{"question": "Q", "answer": "a"}] * 2}, ("faqs", 1, "question")),
    "the tier": (Part.LIMITS, {"tier": "enterprise"}, ("tier",)),
    "the shards": (Part.PROFILE, {"shards": 4}, ("shards",)),
    "a limit above the tier's": (Part.LIMITS, {"limits": {"customers": 300}}, ("limits", "customers")),
    "an unknown zone": (Part.PROFILE, {"timezone": "Mars"}, ("timezone",)),
    "a webhook without a secret": (
        Part.WEBHOOKS,
        {"webhooks": [{"id": "a", "url": "https://x.example"}]},
        ("webhooks", 0, "secret"),
    ),
}


@pytest.mark.parametrize("case", INVALID)
async def test_invalid_edit_names_the_place(
    case: str, edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    await editor.apply(workspace_file(tier="free"))
    before = await stored(mongo)
    part, changes, place = INVALID[case]
    with pytest.raises(EditInvalid) as refused:
        await edits.patch("acme", part, changes)
    assert place in [steps for steps, _ in refused.value.problems]
    assert await stored(mongo) == before


async def test_null_returns_to_the_default(edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo) -> None:
    await editor.apply(workspace_file(hours={"mon": ["09:00-17:00"]}, bot={"history": 5}))
    await edits.patch("acme", Part.HOURS, {"hours": None})
    await edits.patch("acme", Part.BOT, {"bot": {"history": None}})
    after = await stored(mongo)
    assert (after["hours"], after["bot"]["history"]) == (None, 10)


async def test_file_does_not_undo_edits_of_the_console_unless_allowed(
    edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    careful = ChangeOptions()
    await editor.apply(workspace_file())
    await edits.patch("acme", Part.BOT, {"bot": {"history": 12}})
    with pytest.raises(WouldOverwrite) as refused:
        await editor.change(workspace_file(name="Shop"), (), careful)
    assert [one.path for one in refused.value.undone] == ["bot.history"]
    assert [one.path for one in refused.value.changes] == ["name", "bot.history"]
    with_edit = workspace_file(bot={"history": 12})
    assert (await editor.change(with_edit, (), careful)).outcome == "unchanged", "the file took the edit over"
    assert (await editor.change(workspace_file(), (), careful)).outcome == "changed", "and is the last writer again"
    await edits.patch("acme", Part.BOT, {"bot": {"history": 12}})
    assert (await editor.change(workspace_file(), (), ChangeOptions(over_console=True))).outcome == "changed"
    assert (await stored(mongo))["bot"]["history"] == 10


async def test_file_does_not_undo_a_secret_of_the_console(
    edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    await editor.apply(workspace_file())
    await edits.edit("acme", items.changed("channels", "main", lambda item: {**item, "access_token": "EAA-new-token"}))
    with pytest.raises(WouldOverwrite) as refused:
        await editor.change(workspace_file(), (), ChangeOptions())
    assert [one.path for one in refused.value.undone] == ["channels[main].access_token"]
    assert (await editor.reseal("acme")) == 0
    assert (await editor.change(workspace_file(), (), ChangeOptions(over_console=True))).outcome == "changed"
    assert clear(await stored(mongo)) == "EAA-very-secret"
    assert (await stored(mongo))["ownership"]["secrets"] == []


async def test_workspace_of_the_console_is_not_overwritten_by_a_file(
    edits: WorkspaceEdits, editor: WorkspaceEditor
) -> None:
    assert await edits.create("acme", {"name": "Acme", "timezone": "Africa/Lagos"}) == 1
    with pytest.raises(WorkspaceTaken):
        await edits.create("acme", {})
    with pytest.raises(WouldOverwrite) as refused:
        await editor.change(workspace_file(), (), ChangeOptions())
    assert [one.path for one in refused.value.undone] == ["name", "region", "timezone"]
    with pytest.raises(EditInvalid):
        await edits.create("No Name", {})
    with pytest.raises(WorkspaceNotFound):
        await edits.patch("nobody", Part.BOT, {"bot": {}})


async def test_part_that_the_file_manages_is_refused_with_the_lines_to_copy(
    edits: WorkspaceEdits, editor: WorkspaceEditor, mongo: Mongo
) -> None:
    await editor.apply(workspace_file(managed_by_file=["bot", "channels"]))
    before = await stored(mongo)
    with pytest.raises(PartManagedByFile) as refused:
        await edits.patch("acme", Part.BOT, {"bot": {"history": 12}})
    assert (refused.value.parts, refused.value.snippet) == ((Part.BOT,), "bot:\n  history: 12\n")
    with pytest.raises(PartManagedByFile) as refused:
        await edits.edit("acme", items.changed("channels", "tw", lambda item: {**item, "auth_token": "a-new-secret"}))
    assert "auth_token: ${ACME_TW_AUTH_TOKEN}" in refused.value.snippet
    assert "a-new-secret" not in refused.value.snippet
    assert await stored(mongo) == before
    await edits.patch("acme", Part.PROFILE, {"name": "Other parts"})
    await editor.apply(workspace_file(name="Other parts"))
    await edits.patch("acme", Part.BOT, {"bot": {"history": 12}})


async def test_number_of_another_workspace_is_refused(edits: WorkspaceEdits, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file())
    await edits.create("rival", {})
    (channel,) = only_channel()["channels"]
    for fields in (channel, {**channel, "phone_number_id": "999999999999"}):
        for dry_run in (True, False):
            with pytest.raises(WorkspaceTaken, match="another workspace") as refused:
                await edits.patch("rival", Part.CHANNELS, {"channels": [fields]}, dry_run=dry_run)
            assert "acme" not in str(refused.value)


async def test_number_taken_at_the_same_moment_is_refused_without_details(
    edits: WorkspaceEdits, editor: WorkspaceEditor, monkeypatch: pytest.MonkeyPatch, mongo: Mongo
) -> None:
    """The other workspace comes between the check and the change: the unique index decides."""
    await mongo.collection(COLLECTION).create_indexes(INDEXES)
    await edits.create("rival", {})
    await editor.apply(workspace_file())
    check, looks = editor._refuse_taken, []

    async def not_yet(workspace: str, document: Any) -> None:
        looks.append(workspace)
        if len(looks) > 1:
            await check(workspace, document)

    monkeypatch.setattr(editor, "_refuse_taken", not_yet)
    monkeypatch.setattr(editor, "_refuse_sharing", lambda before, document: asyncio.sleep(0))
    with pytest.raises(WorkspaceTaken) as refused:
        await edits.patch("rival", Part.CHANNELS, only_channel())
    assert str(refused.value) == "meta:665397593326012 belongs to another workspace"


async def test_repeated_rotation_keeps_the_overlap(editor: WorkspaceEditor, mongo: Mongo, clock: FixedClock) -> None:
    hook = {"id": "crm", "url": "https://crm.example.com/x", "secret": "first-secret-of-the-crm"}
    await editor.apply(workspace_file(webhooks=[hook]))
    until = clock.now() + timedelta(hours=24)
    assert await editor.rotate_webhook("acme", "crm", "second-secret-of-the-crm", until, "press-1") == Rotated(2, until)
    rotated = (await stored(mongo))["webhooks"]
    later = until + timedelta(hours=1)
    for cause in ("press-1", "press-2", ""):
        done = await editor.rotate_webhook("acme", "crm", "second-secret-of-the-crm", later, cause)
        assert done == Rotated(2, until), "the same secret"
    assert (await stored(mongo))["webhooks"] == rotated
    both = WorkspaceEditor(mongo, editor._redis, Secrets({"k2": b"2" * 32, "k1": b"1" * 32}), clock)
    assert (await both.rotate_webhook("acme", "crm", "second-secret-of-the-crm", later)).revision == 2, "a new key"
    assert (await editor.rotate_webhook("acme", "crm", "third-secret-of-the-crm", later, "press-3")).revision == 3
    await editor.patch("acme", lambda form: {**form, "name": "Another"})
    again = await editor.rotate_webhook("acme", "crm", "second-secret-of-the-crm", later, "press-1")
    assert again == Rotated(4, later), "an old request does not bring the old secret back"
    sooner = clock.now() + timedelta(hours=1)
    cut = await editor.rotate_webhook("acme", "crm", "third-secret-of-the-crm", sooner, "press-4")
    assert cut == Rotated(5, sooner), "a shorter overlap ends the running one earlier"


async def test_rotation_to_the_only_secret_changes_nothing(editor: WorkspaceEditor, clock: FixedClock) -> None:
    hook = {"id": "crm", "url": "https://crm.example.com/x", "secret": "first-secret-of-the-crm"}
    await editor.apply(workspace_file(webhooks=[hook]))
    assert await editor.rotate_webhook("acme", "crm", hook["secret"], clock.now(), "press-1") == Rotated(1, None)


async def test_last_characters_of_long_secrets_only(editor: WorkspaceEditor) -> None:
    file = workspace_file()
    await editor.apply(file)
    assert await editor.last_characters("acme", "main") == {"access_token": "cret", "app_secret": "cret"}
    await editor.apply(workspace_file(**only_channel()))
    assert await editor.last_characters("acme", "only") == {"access_token": ""}
