"""The language as a JSON Schema, for editors. `python -m shared.flows.schema` writes it; a test keeps it current.

In a flow's file, the first line `# yaml-language-server: $schema=…/flow.schema.json` has an editor use it.
"""

import json
from pathlib import Path
from typing import Any

from shared.flows.flow import FlowFile
from shared.flows.steps import STEP_TYPES

FILE = Path(__file__).with_name("flow.schema.json")


def schema() -> dict[str, Any]:
    """The schema of a file, with the short forms that are read as longer ones."""
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
    """What is to stand in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
