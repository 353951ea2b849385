"""The parts of a workspace: each is edited on its own, and belongs to the workspace file or to both. Pure."""

import re
from collections.abc import Iterable
from enum import StrEnum


class Part(StrEnum):
    """A part of a workspace, with one or several fields of the workspace file (`FIELDS`)."""

    PROFILE = "profile"
    BOT = "bot"
    HOURS = "hours"
    CONVERSING = "conversing"
    LIMITS = "limits"
    SEGMENTS = "segments"
    FAQS = "faqs"
    CATALOG = "catalog"
    TEMPLATES = "templates"
    CHANNELS = "channels"
    WEBHOOKS = "webhooks"
    FLOWS = "flows"


FIELDS: dict[Part, tuple[str, ...]] = {
    Part.PROFILE: (
        *("name", "region", "timezone", "languages", "currency", "order_template", "window_template"),
        *("qualified_when", "in_doubt", "shards"),
    ),
    Part.BOT: ("bot",),
    Part.HOURS: ("hours", "holidays"),
    Part.CONVERSING: ("conversing",),
    Part.LIMITS: ("tier", "limits"),
    Part.SEGMENTS: ("segments",),
    Part.FAQS: ("faqs",),
    Part.CATALOG: ("catalog",),
    Part.TEMPLATES: ("templates",),
    Part.CHANNELS: ("channels",),
    Part.WEBHOOKS: ("webhooks",),
    Part.FLOWS: ("flows",),
}
"""The fields of each part."""

_PART_OF = {field: part for part, fields in FIELDS.items() for field in fields}
_FIELD_END = re.compile(r"[.\[]")


def part_of(path: str) -> Part:
    """Return the part of a path such as `bot.history` or `faqs[When?].answer`."""
    return _PART_OF[_FIELD_END.split(path, maxsplit=1)[0]]


def parts_of(paths: Iterable[str]) -> tuple[Part, ...]:
    """Return the parts of some paths, each once, in the order of `Part`."""
    found = {part_of(path) for path in paths}
    return tuple(part for part in Part if part in found)
