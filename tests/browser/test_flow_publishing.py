"""Flows as text, edited by two people, published, compared and rolled back."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route, expect

from shared.domain.accounts import Role
from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pages import Desk
from tests.browser.pictures import picture
from tests.e2e.shop import BOT, Shop, phone, word, workspace_file
from tests.e2e.waiting import until
from tests.e2e.world import World

TEXT = "\r\n".join(
    [
        "flow: hours   # ours",
        "triggers:",
        "  keywords: [{word}]",
        "steps:",
        "  # says it",
        '  first: "We open at 9."',
        "",
    ]
)


PARTS = ("main", "[role=dialog]")  # what surrounds them is looked at by test_every_page


async def test_text_keeps_every_byte_and_comment(desks: Desks) -> None:
    desk = await desks.open(before=AXE.read_text())
    source = TEXT.format(word=word())
    await desk.put_draft("hours", source)
    page = desk.page
    await desk.goto("flows/hours?code=true")
    editor = page.get_by_role("textbox", name="Text of the flow (YAML)")
    await expect(editor).to_contain_text("# says it")
    assert not await axe(page, *PARTS)
    await picture(page, "code")
    await _type_after(page, 'We open at 9."', "\n  second: Bye")
    wanted = source.replace('We open at 9."', 'We open at 9."\r\n  second: Bye')
    await _draft_is(page, desk, wanted)
    # A text that cannot be read is kept too, and its line is named.
    await _type_after(page, "second: Bye", "\n  third: [")
    await _draft_is(page, desk, wanted.replace("second: Bye", "second: Bye\r\n  third: ["))
    await expect(page.get_by_role("button", name="The picture shows the last text")).to_be_visible()
    await picture(page, "code-broken")
    await page.keyboard.press("Control+z")
    await _draft_is(page, desk, wanted)
    # An edit from elsewhere appears in the text, and the cursor's step is the selected one.
    digest = (await desk.get("flows/hours/draft"))["digest"]
    edit = {"op": "set", "path": ["steps", "first"], "value": "We open at 10."}
    await desk.post(f"/api/v1/workspaces/{desk.workspace}/flows/hours/draft/ops", {"base": digest, "ops": [edit]})
    await expect(editor).to_contain_text("We open at 10.")
    assert (await desk.get("flows/hours/draft"))["source"] == wanted.replace("at 9.", "at 10.")


async def test_two_people_edit_and_neither_is_overwritten(desks: Desks) -> None:
    ann, bob = await desks.open(before=AXE.read_text()), await desks.open("Bob Admin", Role.ADMIN)
    source = TEXT.format(word=word())
    await ann.put_draft("hours", source)
    for desk in (ann, bob):
        await desk.goto("flows/hours?code=true")
        await expect(_editor(desk.page)).to_contain_text("We open at 9.")
    await expect(ann.page.get_by_text("Bob Admin is here too")).to_be_visible()
    # Nothing of Bob's is unsent, so he sees Ann's edit at once.
    await _type_after(ann.page, "We open at 9", ":30")
    await expect(_editor(bob.page)).to_contain_text("We open at 9:30.")
    await expect(bob.page.get_by_text("Ann Owner changed it")).to_be_visible()
    # Ann's next edit is held back on the way, and Bob's comes first.
    ann.complaints.allow("answer 409")
    held, released = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "PUT":
            held.set()
            await released.wait()
        await route.continue_()

    await ann.page.route("**/flows/hours/draft", hold)
    await _type_after(ann.page, "We open at 9:30", " (Ann)")
    await held.wait()
    await _type_after(bob.page, "We open at 9:30", " (Bob)")
    await _draft_is(bob.page, bob, source.replace("at 9.", "at 9:30 (Bob)."))
    released.set()
    dialog = ann.page.get_by_role("dialog", name="Bob Admin changed this flow meanwhile")
    await expect(dialog.get_by_text("We open at 9:30 (Bob).")).to_be_visible()
    await expect(dialog.get_by_text("We open at 9:30 (Ann).")).to_be_visible()
    assert not await axe(ann.page, "[role=dialog]")
    await picture(ann.page, "conflict")
    assert "(Bob)" in (await ann.get("flows/hours/draft"))["source"]
    await dialog.get_by_role("button", name="Keep mine over theirs").click()
    await _draft_is(ann.page, ann, source.replace("at 9.", "at 9:30 (Ann)."))
    await expect(_editor(bob.page)).to_contain_text("(Ann)")
    await ann.page.get_by_role("button", name="Undo").click()
    await _draft_is(ann.page, ann, source.replace("at 9.", "at 9:30 (Bob)."))


async def test_publishing_says_how_many_finish_with_the_present_version(world: World, shop: Shop, desks: Desks) -> None:
    desk = await desks.open()
    start = word()
    question = TEXT.format(word=start).replace('"We open at 9."', "{ask: 'When do you come?', save: hour}")
    await desk.put_draft("hours", question)
    page = desk.page
    await desk.goto("flows/hours?code=true")
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("published for the first time")).to_be_visible()
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    ada = phone()
    await world.write(shop, ada, start)
    assert "When do you come?" in str(await world.answers(ada))
    await _type_after(page, "When do you come", " to us")
    await _draft_is(page, desk, question.replace("come?", "come to us?"))
    await page.get_by_role("button", name="Publish").click()
    await expect(dialog.get_by_text("1 conversation finishes with the present version")).to_be_visible()
    await expect(dialog.get_by_text("Those that begin from now on get the new one.")).to_be_visible()
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)

    async def begins_with_the_new_one() -> bool:
        ben = phone()
        await world.write(shop, ben, start)
        return "come to us" in str(await world.answers(ben))

    await until(begins_with_the_new_one, "the router knows the new version")


async def test_flow_of_a_file_is_drafted_and_taken_away_instead_of_published(
    world: World, shop: Shop, desks: Desks, tmp_path: Path
) -> None:
    desk = await desks.open(before=AXE.read_text())
    page = desk.page
    source = TEXT.format(word=word()).replace("\r\n", "\n")
    await world.apply(workspace_file(shop, BOT, {"managed_by_file": ["flows"]}), [source])
    await desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.goto("flows/hours?code=true")
    await _type_after(page, "We open at 9", ":30")
    wanted = source.replace("at 9.", "at 9:30.")
    await _draft_is(page, desk, wanted)
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Flows are kept in the workspace file")).to_be_visible()
    await expect(dialog.get_by_text(f"parley flow pull hours --workspace {shop.workspace}")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    assert not await axe(page, "[role=dialog]")
    await picture(page, "publish-by-file")

    await dialog.get_by_role("button", name="Copy the file").click()
    await expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == wanted
    async with page.expect_download() as download:
        await dialog.get_by_role("button", name="Download the file").click()
    assert (await (await download.value).path()).read_text() == wanted
    async with page.expect_download() as patch:
        await dialog.get_by_role("button", name="Download as patch").click()
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/hours.yaml").write_text(source)
    await (await patch.value).save_as(tmp_path / "hours.patch")
    git = await asyncio.create_subprocess_exec("git", "apply", "hours.patch", cwd=tmp_path)
    assert await git.wait() == 0
    assert (tmp_path / "flows/hours.yaml").read_text() == wanted
    assert (await desk.get("flows/hours/draft"))["stored"] is True


async def test_a_published_flow_is_compared_and_rolled_back(world: World, shop: Shop, desks: Desks) -> None:
    desk = await desks.open(before=AXE.read_text())
    start = word()
    await desk.put_draft("hours", TEXT.format(word=start))
    page = desk.page
    await desk.goto("flows/hours?code=true")
    await _publish(page, "First")
    await _type_after(page, "We open at 9", ":30")
    await _draft_is(page, desk, TEXT.format(word=start).replace("at 9.", "at 9:30."))
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Step first")).to_be_visible()
    await dialog.get_by_role("tab", name="In the text").click()
    await expect(dialog.get_by_role("insertion")).to_have_text('+  first: "We open at 9:30."')
    await picture(page, "publish-again")
    await dialog.get_by_label("What did you change?").fill("Later")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    ada = phone()
    await world.write(shop, ada, start)
    assert "9:30" in str(await world.answers(ada))

    await desk.goto("flows")
    await expect(page.get_by_role("link", name="hours")).to_be_visible()
    await picture(page, "flows")
    await desk.goto("flows/hours/versions")
    await expect(page.get_by_role("cell", name="Later")).to_be_visible()
    await expect(page.get_by_text("Step first")).to_be_visible()
    assert not await axe(page, *PARTS)
    await picture(page, "versions")
    await page.get_by_role("row", name="First").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Go back to this one").click()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    first = page.get_by_role("row", name="First")
    await expect(first.get_by_text("Published", exact=True)).to_be_visible()

    async def is_back() -> bool:
        ben = phone()
        await world.write(shop, ben, start)
        return "We open at 9." in str(await world.answers(ben))

    await until(is_back, "the router knows the version of before")  # it keeps a workspace for some seconds


def _editor(page: Page) -> Any:
    return page.get_by_role("textbox", name="Text of the flow (YAML)")


async def _publish(page: Page, note: str) -> None:
    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What did you change?").fill(note)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)


async def _type_after(page: Page, text: str, typed: str) -> None:
    """Put the cursor behind a text of the editor, and type; line breaks keep no indent of the line above."""
    line = _editor(page).locator(".cm-line", has_text=text)
    await line.click()
    await page.keyboard.press("End")
    content = await line.inner_text()
    for _ in range(len(content) - content.index(text) - len(text)):
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.insert_text(typed)


async def _draft_is(page: Page, desk: Desk, wanted: str) -> None:
    """Wait until the page has saved, and the stored draft is this text, byte for byte."""
    found = ""
    for _ in range(200):
        found = (await desk.get("flows/hours/draft"))["source"]
        if found == wanted:
            return
        await page.wait_for_timeout(100)
    raise AssertionError(f"the draft is {found!r}, not {wanted!r}")
