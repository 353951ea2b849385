"""The JSON Schema of workspace files, for editors; and all fields that there are, for the page that explains them.

    python -m shared.workspace.schema

writes `shared/workspace/workspace.schema.json`, with the explanations of `docs/workspace-file.md`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.workspace.config import WorkspaceFile

FILE = Path(__file__).with_name("workspace.schema.json")
PAGE = Path(__file__).parents[2] / "docs/workspace-file.md"
_ROW = re.compile(r"^\| `(?P<path>[\w.\[\]]+)` \| (?P<default>[^|]*) \| (?P<meaning>[^|]*) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]*)`")


def schema() -> dict[str, Any]:
    """The schema, with a description of each field."""
    whole = WorkspaceFile.model_json_schema()
    explained = {path: meaning for path, (_, meaning) in rows(PAGE.read_text(encoding="utf-8")).items()}
    for path, field, _ in _fields(whole, whole, ""):
        if path in explained:
            field["description"] = explained[path]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "Parley workspace",
        "description": "A workspace as `parley apply -f` reads it; see docs/workspace-file.md.",
    }


def text() -> str:
    """As the file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def fields() -> dict[str, Any]:
    """All fields by path, such as `bot.history` and `channels[].id`, each with its default; required ones: `...`."""
    whole = WorkspaceFile.model_json_schema()
    return {path: field.get("default", ...) if not required else ... for path, field, required in _fields(whole, whole)}


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Return default and meaning of each field in a page's tables, in plain text, by path."""
    return {
        row["path"]: (_CODE.sub(r"\1", row["default"]), _CODE.sub(r"\1", row["meaning"])) for row in _ROW.finditer(page)
    }


def _fields(
    whole: Mapping[str, Any], holder: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Path, schema and whether it is required; what holds others comes before them."""
    for name, field in holder.get("properties", {}).items():
        here = f"{path}{name}"
        yield here, field, name in holder.get("required", ())
        for inner, steps in _within(whole, field):
            yield from _fields(whole, inner, f"{here}{steps}.")


def _within(
    whole: Mapping[str, Any], field: Mapping[str, Any], steps: str = ""
) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that a field holds, and how one comes to them."""
    if "$ref" in field:
        yield whole["$defs"][field["$ref"].rpartition("/")[2]], steps
    for choice in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _within(whole, choice, steps)
    if "items" in field:
        yield from _within(whole, field["items"], f"{steps}[]")


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
