"""Templates of an account: listed in pages, and what Meta refuses when one is sent that does not fit.

Sources: Meta "Business Management API: message templates", "Error codes" (132000, 132001, 132012, 132015).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from devtools.simulators.errors import Refused

Json = dict[str, Any]

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def page(known: Sequence[Json], query: Mapping[str, str], url: str) -> Json:
    """One page of the list; its cursor is a number."""
    limit, after = int(query.get("limit", "25")), int(query.get("after", "0"))
    shown, end = known[after : after + limit], after + limit
    paging: Json = {"cursors": {"before": str(after), "after": str(end)}}
    if end < len(known):
        paging["next"] = f"{url}?limit={limit}&after={end}"
    return {"data": list(shown), "paging": paging}


def check_filled(sent: Json, known: Sequence[Json] | None) -> None:
    """Raises Refused unless the account has the template and it is filled as it wants. known: None: any will do."""
    if known is None:
        return
    name, language = sent["name"], sent["language"]["code"]
    found = next((one for one in known if (one["name"], one["language"]) == (name, language)), None)
    if found is None:
        raise Refused(132001, f"template name ({name}) does not exist in {language}")
    if found.get("status", "APPROVED") == "PAUSED":
        raise Refused(132015, f"template ({name}) is paused")
    wanted = _parts(found.get("components", ()), lambda part: len(set(_VARIABLE.findall(part.get("text", "")))))
    given = _parts(sent.get("components", ()), lambda part: len(part.get("parameters", ())))
    if wanted.get("body", 0) != given.get("body", 0):
        raise Refused(132000, f"body: number of localizable_params ({given.get('body', 0)}) does not match")
    header: Json = next((part for part in found.get("components", ()) if part["type"].lower() == "header"), {})
    if header.get("format", "TEXT") != "TEXT" and not given.get("header"):
        raise Refused(132012, f"header: Format mismatch, expected {header['format']}, received UNKNOWN")


def _parts(components: Sequence[Json], count: Any) -> dict[str, int]:
    return {str(part["type"]).lower(): count(part) for part in components}
