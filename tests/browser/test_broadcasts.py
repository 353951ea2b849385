"""Broadcasts and what the bot knows, from the first field to the last number."""

import csv
import io

from playwright.async_api import FilePayload, expect

from shared.clock import SystemClock
from shared.domain.conversation import UnansweredQuestion
from shared.repositories.provider_templates import ProviderTemplates
from shared.repositories.unanswered import UnansweredQuestions
from tests.browser.conftest import Desks
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

TEMPLATES = [
    {"name": "spring_news", "language": "en", "body": "Hi {{1}}, spring is here.", "category": "MARKETING"},
    {"name": "spring_offer", "language": "en", "body": "{{1}}, two for one!", "category": "MARKETING"},
]
OUTCOMES = r"answer 404: GET \S+/commands/"
PEOPLE = 100  # each variant has the 20 that a comparison needs, by far


async def test_two_templates_are_compared_from_the_composer_to_the_funnel(
    world: World, shop: Shop, desks: Desks
) -> None:
    await world.reapply(shop, templates=TEMPLATES)
    desk, people = await desks.open(), [phone() for _ in range(PEOPLE)]
    world.private.phones.update(people)
    page = desk.page
    desk.complaints.allow(OUTCOMES)
    await desk.goto("broadcasts/new")
    await page.get_by_label("Name").fill("Spring")
    await page.get_by_role("combobox", name="Template").click()
    await page.get_by_role("option", name="spring_news · en").click()
    await page.get_by_label("Value of {{1}}").fill("{{ customer.name }}")
    await page.get_by_label("Compare with a second template").click()
    await page.get_by_role("combobox", name="Template B").click()
    await page.get_by_role("option", name="spring_offer · en").click()
    await page.get_by_label("Value of {{1}}").last.fill("{{ customer.name }}")
    await page.get_by_text("A list", exact=True).click()
    rows = "".join(f"+{number},Ada {place}\n" for place, number in enumerate(people))
    twice = f"phone,name\n{rows}+{people[0]},Ada again\n"
    file: FilePayload = {"name": "people.csv", "mimeType": "text/csv", "buffer": twice.encode()}
    await page.locator("input[type=file]").set_input_files([file])
    await expect(page.get_by_text("Repeated numbers: 1")).to_be_visible()
    await page.get_by_role("textbox", name="Messages a second").fill("200")
    await expect(page.locator(f"[data-to-send='{PEOPLE}']")).to_be_visible()
    await expect(page.get_by_text("A goes to")).to_be_visible()
    await expect(page.locator("[data-preview]").filter(has_text="spring is here")).not_to_have_count(0)
    await expect(page.locator("[data-preview]").filter(has_text="two for one")).not_to_have_count(0)
    await page.get_by_role("button", name="Store and check").click()
    await page.get_by_role("button", name="Send now").click()
    await page.get_by_role("dialog").get_by_role("button", name="Send now").click()
    comparison = page.get_by_role("region", name="A compared with B")
    await expect(comparison.locator("[data-verdict=read]")).to_contain_text("no difference can be told", timeout=60_000)
    await expect(page.locator("[data-step=read]")).to_have_text(str(PEOPLE), timeout=60_000)
    halves = [int(await comparison.locator(f"[data-variant='{half} people']").inner_text()) for half in ("a", "b")]
    assert sum(halves) == PEOPLE
    assert min(halves) > 10
    for half, count in zip("ab", halves, strict=True):
        await expect(comparison.locator(f"[data-variant='{half} read']")).to_contain_text(str(count))
    assert [len(await world.answers(number)) for number in people[:5]] == [1] * 5
    await page.get_by_role("combobox", name="Variant").click()
    await page.get_by_role("option", name="B", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="CSV").click()
    table = list(csv.reader(io.StringIO((await (await download.value).path()).read_text())))
    assert (table[0][-1], {row[-1] for row in table[1:]}, len(table) - 1) == ("variant", {"b"}, halves[1])


async def test_disliked_template_and_bad_files_are_named_and_a_stopped_template_is_not_sent(
    world: World, shop: Shop, desks: Desks
) -> None:
    await world.reapply(shop, segments=[{"name": "nobody", "tags": ["none"]}])
    news = {
        "name": "news",
        "language": "en",
        "status": "APPROVED",
        "quality_score": {"score": "RED", "date": 1793000000},
        "components": [{"type": "BODY", "text": "News of the week."}],
    }
    await world.control("POST", "/_sim/meta/templates", {"waba_id": shop.number.waba_id, "templates": [news]})
    desk, number = await desks.open(), phone()
    world.private.phones.add(number)
    page = desk.page
    desk.complaints.allow(OUTCOMES)
    await desk.goto("templates")
    await page.get_by_role("button", name="Fetch from the provider").click()
    await expect(page.get_by_role("cell", name="low quality")).to_be_visible()

    await desk.goto("broadcasts/new")
    await page.get_by_label("Name").fill("News")
    await page.get_by_role("combobox", name="Template").click()
    await page.get_by_role("option", name="news · en").click()
    await expect(page.get_by_role("note")).to_contain_text("The provider may pause it at any moment")
    await page.get_by_role("combobox", name="A segment").click()
    await page.get_by_role("option", name="nobody").click()
    await expect(page.locator("[data-to-send='0']")).to_be_visible()
    await page.get_by_text("A list", exact=True).click()
    rows = f"phone,name\n+{number},Zoë\n"
    for text, fault in (
        (rows.encode("utf-16"), "is not UTF-8"),
        (rows.encode("latin-1"), "is not UTF-8"),
        (b"phone\n" + b"+2348030000000\n" * 400_000, "More than 5,000 people"),
    ):
        await page.locator("input[type=file]").set_input_files(_file(text))
        await expect(page.get_by_text(fault)).to_be_visible()
    await page.locator("input[type=file]").set_input_files(_file(b"\xef\xbb\xbf" + rows.encode()))
    await expect(page.locator("[data-to-send='1']")).to_be_visible()
    await page.get_by_role("button", name="Store and check").click()
    await expect(page.get_by_role("heading", name="News", exact=True)).to_be_visible()

    templates = ProviderTemplates(world.mongo, shop.workspace)
    now = SystemClock().now()
    await expect(page.get_by_role("button", name="Send now")).to_be_enabled()
    await page.get_by_role("button", name="Send now").click()
    await templates.record_report(shop.number.waba_id, "news", "en", now, status="PAUSED")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Send now").click()
    await expect(dialog.get_by_text("cannot be sent: it is PAUSED")).to_be_visible(timeout=30_000)
    assert not await world.attempts(number), "nobody got it"
    await templates.record_report(shop.number.waba_id, "news", "en", SystemClock().now(), status="APPROVED")
    await dialog.get_by_role("button", name="Send now").click()
    await expect(page.locator("[data-step=read]")).to_have_text("1", timeout=60_000)


def _file(text: bytes) -> FilePayload:
    return {"name": "people.csv", "mimeType": "text/csv", "buffer": text}


async def test_unanswered_question_becomes_an_answer_and_an_example_is_taught_and_taken_back(
    world: World, shop: Shop, desks: Desks
) -> None:
    asked, others = "Do you mend coasters?", ["do you mend old coasters", "can you mend my coaster?"]
    questions = UnansweredQuestions(world.mongo, shop.workspace)
    for number, text in enumerate((asked, *others)):
        effect = UnansweredQuestion(text=text, score=0.3, nearest="Where are you?")
        await questions.add(f"asked-{number}", shop.meta_conversation(phone()), effect, SystemClock().now())
    desk = await desks.open()
    page = desk.page
    desk.complaints.allow(r"answer 429: ")  # one such piece of work of a workspace at a time: tried again
    await desk.goto("faq/unanswered")
    await page.get_by_role("button", name="Answer", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="Answer")
    await dialog.get_by_role("textbox", name="Answer").fill("Yes, within a week.")
    question = await dialog.get_by_role("textbox", name="Question").input_value()
    await dialog.get_by_role("button", name="Review and save").click()
    await page.get_by_role("dialog", name="What would change").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Add an example").click()
    await page.get_by_label("What a customer might write").fill("Where is the moon?")
    await page.get_by_role("combobox", name="Not answered by").click()
    await page.get_by_role("option", name="Where are you?").click()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Take back: Where is the moon?").click()
    await expect(page.get_by_text("No examples yet")).to_be_visible()
    await page.get_by_role("link", name="FAQ", exact=True).last.click()
    await expect(page.get_by_role("cell", name="Yes, within a week.")).to_be_visible()
    await expect(page.get_by_text(question).first).to_be_visible()
