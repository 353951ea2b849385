"""Lists of templates and reports on them, which may come in any order."""

from datetime import timedelta

from shared.repositories.provider_templates import ProviderTemplates
from shared.storage.mongo import Mongo
from shared.templates.definitions import ReportedTemplate, TemplateDefinition
from tests.repositories.builders import NOW, later

LISTED = [ReportedTemplate(definition=TemplateDefinition(name="$sale", language="en"), status="APPROVED")]


async def test_report_that_came_while_the_list_was_fetched_stays(mongo: Mongo) -> None:
    templates = ProviderTemplates(mongo, "acme")
    await templates.record_report("w1", "$sale", "en", later(5), status="PAUSED", reason="quality", until=later(99))
    await templates.record_report("w1", "new", "en", later(5), status="APPROVED")
    assert await templates.replace("w1", LISTED, NOW) == 0
    found = await templates.get("w1", "$sale", "en")
    assert found is not None
    assert (found.status, found.reason, found.until) == ("PAUSED", "quality", later(99))
    assert found.definition == LISTED[0].definition
    assert await templates.get("w1", "new", "en") is not None, "it was made after the list"


async def test_list_replaces_older_reports(mongo: Mongo) -> None:
    templates = ProviderTemplates(mongo, "acme")
    await templates.record_report("w1", "$sale", "en", NOW - timedelta(seconds=5), status="PAUSED", until=later(99))
    await templates.record_report("w1", "old", "en", NOW - timedelta(seconds=5), status="APPROVED")
    assert await templates.replace("w1", LISTED, NOW) == 1
    found = await templates.get("w1", "$sale", "en")
    assert found is not None
    assert (found.status, found.until) == ("APPROVED", None)
