"""Search the services' logs for personal data, secrets, unexpected errors and warnings."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from devtools.chaos.evidence import LoggedWarning
from devtools.chaos.hostile import HOSTILE_ID

_DIGITS = re.compile(r"\d(?:[ ().-]?\d){9,30}")
_WORDS = re.compile(r"zq[bcdfghjkmnpqrstvwxz]{8}")
_UNEXPECTED = re.compile(r'"(?:A handler failed|Ended by an unexpected error|Task exception was never retrieved)')
_WARNING = re.compile(r'"level":"(?:warning|error|critical)"')
# The beginning of a file's path in a traceback, before the folders of the project, of Python and of its packages:
# reports must not depend on the machine.
_PLACE = re.compile(r"(?<![\w.-])/(?:[\w.-]+/)+?(?=(?:shared|services|devtools|site-packages|python3\.\d+)/)")
_SHOWN = 400  # characters kept from each end of a line
_LOCAL = 10  # digits of a number without its country code


class LogFindings(msgspec.Struct):
    """Findings in the logs of a run. lines: lines read. private: lines with personal data or secrets. unexpected: lines
    with unexpected errors. warnings: all lines of level warning and above.
    """

    lines: int = 0
    private: list[str] = []
    unexpected: list[str] = []
    warnings: list[LoggedWarning] = []


def log_files(folder: Path, services: Collection[str]) -> list[Path]:
    """Return the log files of these services."""
    return [path for path in sorted(folder.glob("*.log")) if path.name.split("-")[0] in services]


def scan_logs(
    paths: Iterable[Path], *, phones: Collection[str], words: Collection[str], secrets: Collection[str]
) -> LogFindings:
    """Find lines with a customer's number (with or without country code), word or a secret, and unexpected errors."""
    numbers = {phone[-_LOCAL:] for phone in phones}
    known_words, known_secrets = set(words), re.compile("|".join(map(re.escape, sorted(secrets))) or r"(?!)")
    logs = LogFindings()
    for path in paths:
        with path.open(errors="replace") as lines:
            for line in lines:
                logs.lines += 1
                private = known_secrets.search(line) or _has_number(line, numbers)
                if private or any(word in known_words for word in _WORDS.findall(line)):
                    logs.private.append(f"{path.name}: {line.strip()[:300]}")
                if _UNEXPECTED.search(line):
                    logs.unexpected.append(f"{path.name}: {_shorten(line.strip())}")
                if _WARNING.search(line):
                    logs.warnings.append(_warning(path.stem, line))
    return logs


class _LogLine(msgspec.Struct):
    level: str
    logger: str
    time: datetime
    message: str
    workspace_id: str = ""
    exception: str = ""


_LINES = msgspec.json.Decoder(_LogLine)


def _warning(process: str, line: str) -> LoggedWarning:
    """Return the warning of a log line; a line that is not one of ours has no time, and is never explained."""
    try:
        found = _LINES.decode(line)
    except msgspec.MsgspecError:
        return LoggedWarning(0.0, process, "", "", _shorten(line.strip()))
    hostile = found.workspace_id == HOSTILE_ID or HOSTILE_ID in line
    at, error = found.time.timestamp(), _PLACE.sub("", found.exception)[-_SHOWN:]
    return LoggedWarning(at, process, found.level, found.logger, _PLACE.sub("", found.message), hostile, error)


def _shorten(line: str) -> str:
    """Shorten a line; its end is kept because it has the traceback's last line."""
    line = _PLACE.sub("", line)
    return line if len(line) <= 2 * _SHOWN else f"{line[:_SHOWN]} … {line[-_SHOWN:]}"


def _has_number(line: str, numbers: Collection[str]) -> bool:
    for run in _DIGITS.findall(line):
        digits = re.sub(r"\D", "", run)
        if any(digits[at : at + _LOCAL] in numbers for at in range(len(digits) - _LOCAL + 1)):
            return True
    return False
