"""The settings of a workspace through the API: sections, history, conflicts, errors, rights."""

import asyncio

from shared.repositories.workspace_editor import WorkspaceEditor
from tests.console.console import Client, Console, problem
from tests.console.edited_workspace import errors
from tests.repositories.builders import workspace_file


async def test_settings_are_read_and_changed_by_section(admin: Client) -> None:
    found = (await admin.get("settings")).json()
    assert [one["section"] for one in found["sections"]] == ["bot", "hours", "conversing", "limits", "profile"]
    bot = await admin.get("settings/bot")
    assert bot.json()["values"]["history"] == 10
    assert bot.json()["managed"] == {"managed_by": "console", "edited": False, "applied_at": "2026-03-14T09:26:53Z"}
    dry = await admin.patch("settings/bot", {"history": 12}, params={"dry_run": "true"})
    assert (dry.json()["revision"], dry.json()["changes"][0]["path"]) == (1, "bot.history")
    done = await admin.patch("settings/bot", {"history": 12}, headers={"if-match": bot.headers["etag"]})
    assert done.json() == {
        "revision": 2,
        "dry_run": False,
        "changes": [{"kind": "changed", "path": "bot.history", "before": 10, "after": 12, "loses": False}],
    }
    again = await admin.get("settings/bot")
    assert again.headers["etag"] == done.headers["etag"] != bot.headers["etag"]
    assert again.json()["managed"]["edited"] is True
    hours = await admin.patch("settings/hours", {"hours": {"mon": ["09:00-17:00"]}, "holidays": ["2026-12-25"]})
    assert hours.status_code == 200, hours.text


async def test_changes_of_settings_are_kept_with_their_authors_and_can_be_undone(admin: Client) -> None:
    before = (await admin.get("settings/bot")).json()
    assert before["defaults"]["history"] == 10
    await admin.patch("settings/bot", {"history": 12}, params={"dry_run": "true"})
    await admin.patch("settings/bot", {"history": 12, "mode": "faq", "debounce_ms": 3500})
    await admin.patch("settings/hours", {"hours": {"mon": ["09:00-17:00"]}})
    (change,) = (await admin.get("settings/bot/history")).json()["items"]
    assert (change["revision"], change["values"]) == (2, {"history": [10, 12], "mode": ["hybrid", "faq"]})
    assert change["by"].startswith("user:")
    await admin.patch("settings/bot", {name: old for name, (old, _) in change["values"].items()})
    assert (await admin.get("settings/bot")).json()["values"] == before["values"]
    (opened,) = (await admin.get("settings/hours/history")).json()["items"]
    assert opened["values"]["hours"][0] is None
    assert opened["values"]["hours"][1]["mon"] == ["09:00-17:00"]


async def test_hours_are_explained_before_they_are_stored(admin: Client) -> None:
    week = {"hours": {"sun": ["09:00-17:00"]}, "timezone": "Europe/Berlin", "at": "2026-03-28T12:00:00Z"}
    found = (await admin.post("settings-help/hours", week)).json()
    assert (found["open"], found["opens_at"]) == (False, "2026-03-29T09:00:00+02:00")
    assert found["clock_change"] == {"at": "2026-03-29T01:00:00Z", "minutes": 60}
    shut = await admin.post("settings-help/hours", {**week, "holidays": ["2026-03-29"]})
    assert shut.json()["opens_at"] == "2026-04-05T09:00:00+02:00"
    always = (await admin.post("settings-help/hours", {})).json()
    assert (always["open"], always["closes_at"], always["timezone"]) == (True, None, "UTC")
    assert errors(await admin.post("settings-help/hours", {"timezone": "Mars/Base"})) == {
        "#/timezone": "is not a time zone"
    }
    models = (await admin.get("settings-help/models")).json()["items"]
    assert {"name": "claude-haiku-5-5", "vendor": "", "input": "0.10", "output": "0.50"} in models


async def test_second_of_two_edits_of_one_section_fails(admin: Client) -> None:
    etag = (await admin.get("settings/bot")).headers["etag"]
    assert (await admin.patch("settings/profile", {"name": "Other"})).status_code == 200
    edits = [admin.patch("settings/bot", {"history": n}, headers={"if-match": etag}) for n in range(20, 26)]
    statuses = sorted(response.status_code for response in await asyncio.gather(*edits))
    assert statuses == [200, 412, 412, 412, 412, 412], "an edit of another section does not count"


async def test_invalid_settings_are_named_by_pointer(admin: Client) -> None:
    assert errors(await admin.patch("settings/bot", {"history": 500})) == {"#/history": "must be 50 or less"}
    assert list(errors(await admin.patch("settings/bot", {"fast_model": "x"}))) == ["#/fast_model"]
    assert list(errors(await admin.patch("settings/profile", {"shards": 3}))) == ["#/shards"]
    assert list(errors(await admin.patch("settings/limits", {"tier": "enterprise"}))) == ["#/tier"]
    assert list(errors(await admin.patch("settings/profile", {"channels": []}))) == ["#/channels"]
    assert list(errors(await admin.patch("settings/hours", {"hours": {"mon": ["9-5"]}}))) == ["#/hours/mon/0"]
    assert problem(await admin.patch("settings/nothing", {})) == "invalid"


async def test_settings_are_changed_only_with_the_right(console: Console, editor: WorkspaceEditor) -> None:
    agent = console.client("agent")
    assert (await agent.get("settings/bot")).status_code == 200
    assert problem(await agent.patch("settings/bot", {"history": 5})) == "not-allowed"
    assert problem(await console.client("admin").get("channels/main/credentials")) == "not-allowed"
    assert problem(await console.client("admin").put("channels/main/credentials", {"app_secret": "x"})) == "not-allowed"
    key = console.key("settings:write")
    assert (await key.patch("settings/bot", {"history": 5})).status_code == 200


async def test_part_of_the_file_is_refused_with_its_lines(admin: Client, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file(managed_by_file=["bot"]))
    refused = await admin.patch("settings/bot", {"history": 12})
    assert problem(refused) == "managed-by-file"
    assert (refused.json()["parts"], refused.json()["snippet"]) == (["bot"], "bot:\n  history: 12\n")
    assert (await admin.get("settings/bot")).json()["managed"]["managed_by"] == "file"
