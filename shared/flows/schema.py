"""Generates the JSON Schema of flow files, for editors: `python -m shared.flows.schema`; a test keeps it current.

The first line `# yaml-language-server: $schema=…/flow.schema.json` of a flow file makes an editor use it.
"""

import json
from pathlib import Path
from typing import Any

from shared.flows.flow import FlowFile
from shared.flows.steps import STEP_TYPES

FILE = Path(__file__).with_name("flow.schema.json")


def schema() -> dict[str, Any]:
    """Return the schema of a flow file, including short forms."""
    generated = FlowFile.model_json_schema()
    definitions = generated["$defs"]
    step_types = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in dict.fromkeys(STEP_TYPES.values())]
    definitions["Step"] = {"anyOf": [{"type": "string", "description": "Says this text."}, *step_types]}
    generated["properties"]["steps"]["patternProperties"] = {
        pattern: {"$ref": "#/$defs/Step"} for pattern in generated["properties"]["steps"]["patternProperties"]
    }
    _add_alternative(
        definitions["Choose"]["properties"], "options", {"type": "array", "items": {"type": "string"}, "minItems": 1}
    )
    options = definitions["Choose"]["properties"]["options"]["anyOf"][0]
    options["additionalProperties"] = {"anyOf": [{"type": "string"}, options["additionalProperties"], {"type": "null"}]}
    for key in ("keywords", "contains", "regex", "buttons", "referrals"):
        _add_alternative(definitions["Triggers"]["properties"], key, {"type": "string"})
    definitions["End"]["properties"]["end"]["type"] = ["string", "boolean", "null"]
    definitions["End"]["required"] = ["end"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **generated,
        "title": "A flow of Parley",
        "additionalProperties": False,
    }


def _add_alternative(properties: dict[str, Any], key: str, other: dict[str, Any]) -> None:
    properties[key] = {"anyOf": [properties[key], other]}


def text() -> str:
    """Return the content of the schema's file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
