"""The page, the schema for editors and the code say the same about workspace files."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it publishes no types
import pytest
import yaml

from shared.domain.limits import TIERS
from shared.operations.workspaces.file import read
from shared.operations.workspaces.flows import read_flows_of
from shared.workspace import schema
from shared.workspace.config import WorkspaceFile

PAGE = schema.PAGE.read_text(encoding="utf-8")
ROOT = schema.PAGE.parents[1]
EXAMPLE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = ("ACME_META_TOKEN", "ACME_APP_SECRET", "ACME_VERIFY_TOKEN", "ACME_TWILIO_TOKEN", "ACME_CRM_SECRET")
NOTHING = (
    "empty",
    "none",
    "closed",
    "either",
    "any",
    "always open",
    "see below",
    "as the tier has them",
    "as the tier has it",
)


def example() -> str:
    assert EXAMPLE is not None
    return EXAMPLE[1]


def test_the_committed_schema_is_current() -> None:
    """If not: python -m shared.workspace.schema"""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()
    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_the_page_explains_every_field_with_its_default() -> None:
    explained, fields = schema.rows(PAGE), schema.fields()
    assert set(explained) == set(fields)
    for path, default in fields.items():
        told = explained[path][0]
        assert _same(told, default), f"{path}: the page says `{told}`, and it is {default!r}"


def _same(told: str, default: Any) -> bool:
    if default is ...:
        return told == "required"
    if isinstance(default, dict) or default in ("", None, []):
        return told in NOTHING
    if isinstance(default, bool):
        return told == str(default).lower()
    return told == (", ".join(default) if isinstance(default, list) else str(default))


def test_the_page_has_the_limits_of_the_tiers() -> None:
    for tier, limits in TIERS.items():
        given = (limits.messages_per_month, limits.ai_usd_per_month, limits.customers)
        assert f"| `{tier}` | {' | '.join('no limit' if it is None else f'{it:,}' for it in given)} |" in PAGE


def test_the_example_is_read_with_its_flows(tmp_path: Path) -> None:
    """And it shows every part of a workspace."""
    file = tmp_path / "workspace.yaml"
    file.write_text(example(), encoding="utf-8")
    found = read(file, dict.fromkeys(NAMES, "secret")).wanted
    assert found.model_fields_set == set(WorkspaceFile.model_fields)
    assert found.channels[0].address == "+2348031234567"
    flows = read_flows_of(ROOT / "docs/workspace-file.md", found)
    assert [source.flow.name for source in flows] == ["lead", "appointment"]


def test_editors_agree_with_what_is_read() -> None:
    described = schema.schema()
    for text in (example(), (ROOT / "devtools/demo/acme.yaml").read_text(encoding="utf-8")):
        jsonschema.validate(_as_an_editor_reads(text), described)


WRONG = [
    ("an unknown field", "region: NG", "regoin: NG"),
    ("a wrong type", "history: 10", "history: ten"),
    ("hours in another form", "13:30-17:00", "1pm-5pm"),
    ("an unknown tier", "tier: business", "tier: gold"),
    ("an unknown provider", "provider: meta", "provider: fax"),
    ("a missing field", 'answer: "12 Marina Road, Lagos Island."', ""),
]


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_editors_see_mistakes(before: str, after: str) -> None:
    assert before in example()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_as_an_editor_reads(example().replace(before, after)), schema.schema())


def _as_an_editor_reads(text: str) -> Any:
    """YAML as JSON, in which days are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_an_editor_shows_what_the_page_says() -> None:
    described = schema.schema()
    assert described["properties"]["timezone"]["description"].startswith("IANA time zone")
    assert (
        described["$defs"]["Bot"]["properties"]["history"]["description"]
        == "Messages of context in an answer, 1 to 50."
    )
