"""A flow described in words: a model writes it, the person sees what it changes, and takes it or not."""

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pages import Desk
from tests.browser.pictures import picture
from tests.e2e.shop import Shop, word
from tests.e2e.waiting import until
from tests.e2e.world import World

OLD = 'flow: hours\nsteps:\n  first: "We open at 9."\n'


def _written(second: str) -> str:
    return f'flow: hours\nsteps:\n  first: "We open at 9."\n  second: {second}\n'


async def test_flow_in_words_is_shown_as_a_difference_and_taken_back_by_undo(
    world: World, shop: Shop, desks: Desks
) -> None:
    desk, marker = await desks.open(before=AXE.read_text()), word()
    # The first text has a step that is not known; the model corrects it, and no more than that is asked.
    for text in (_written("{say: Bye}"), _written('"Bye!"')):
        rule: dict[str, Any] = {"kind": "answer", "content": [{"type": "text", "text": f"```yaml\n{text}```"}]}
        contains = marker if "say" in text else "found these problems"
        await world.script("anthropic", rule, text_contains=contains)
    await desk.put_draft("hours", OLD)
    page = desk.page
    await until(lambda: _is_offered(desk), "the ai service has said that it has a model")
    await desk.goto("flows/hours")
    dialog = await _ask(page, f"Say good-bye at the end {marker}")
    await expect(dialog.get_by_text("Step second")).to_be_visible()
    await expect(dialog.get_by_text("Written by claude-sonnet-5-5")).to_be_visible()
    assert not await axe(page, "[role=dialog]")
    await picture(page, "flow-in-words")
    await dialog.get_by_role("tab", name="In the text").click()
    await expect(dialog.get_by_role("insertion")).to_have_text('+  second: "Bye!"')
    assert await _source(desk) == OLD, "nothing is changed before the person says so"
    await dialog.get_by_role("button", name="Put it into the draft").click()
    await expect(dialog).to_have_count(0)
    await until(lambda: _is(desk, _written('"Bye!"')), "the draft has the text")
    await page.get_by_role("button", name="Undo").click()
    await until(lambda: _is(desk, OLD), "undo brings the text back")
    calls = await world.stored(shop, "ai_calls").find({"outcome": "flow suggestion"})
    assert len(calls) == 2
    assert all(float(call["cost_usd"]) > 0 for call in calls)


async def _ask(page: Page, words: str) -> Any:
    await page.get_by_role("button", name="Describe it in words").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What shall this flow do?").fill(words)
    await dialog.get_by_role("button", name="Write it").click()
    return dialog


async def _is_offered(desk: Desk) -> bool:
    return bool((await desk.get("flow-suggestions"))["available"])


async def _is(desk: Desk, wanted: str) -> bool:
    return await _source(desk) == wanted


async def _source(desk: Desk) -> str:
    return str((await desk.get("flows/hours/draft"))["source"])
