"""The rules of deploy/prometheus, made quick: what takes minutes there takes seconds. Expressions stay as they are."""

import re
from pathlib import Path

from tests.observability.conftest import PROMETHEUS

_WINDOW = "30s"  # instead of 2 m to 6 h
_FOR = "2s"
_EARLIER = {"offset 1d": "offset 35s", "offset 1w": "offset 70s"}  # yesterday, a week ago
# Ages in seconds: of lag, of a commit, of a handler.
_AGES = {
    'topic!="outbound.retry"}) > 180': 'topic!="outbound.retry"}) > 5',
    'ai.requests|outbound.messages"}) > 60': 'ai.requests|outbound.messages"}) > 5',
    'operations.commands"}) > 600': 'operations.commands"}) > 5',
    "(parley_oldest_record_seconds) > 120": "(parley_oldest_record_seconds) > 3",
}


def write_quick_rules(folder: Path) -> Path:
    """Write the rules into a folder and return it. The windows of service levels stay: 5 minutes and longer."""
    folder.mkdir()
    for file in (PROMETHEUS / "rules").glob("*.yaml"):
        text = re.sub(r"for: \d+[mh]", f"for: {_FOR}", file.read_text())
        if file.stem == "causes":
            text = re.sub(r"(\[|offset )(?:2m|5m|10m|15m|30m|1h|6h)(?=[\])\s])", rf"\g<1>{_WINDOW}", text)
            for before, after in (_AGES | _EARLIER).items():
                assert before in text, before
                text = text.replace(before, after)
        (folder / file.name).write_text(text)
    return folder
