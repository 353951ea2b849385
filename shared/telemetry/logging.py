"""Logs: one JSON object per line on standard output, for our own records and for those of libraries.

Each line about a message has `workspace_id`, `correlation_id` and `trace_id` (contextvars). Values of keys for secrets
or texts are removed, and phone numbers are masked anywhere, in exceptions too; times and ids are kept
(`tests/unit/test_logging.py`).
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from shared.text.printable import printable

_HIDDEN = re.compile(
    r"token|secret|password|authorization|api_?key|signature|cookie|^(body|text|caption|payload|raw|content)$", re.I
)
# For these keys, digits are a phone number. Elsewhere they may be an offset or a time.
_PERSONAL = re.compile(r"^(address|identity|phone|wa_id|recipient|sender|customer|to|from_?)$", re.I)
_DIGITS = re.compile(r"(?<![\w.-])(\d{2})\d{5,11}(\d{2})(?!\w)")
_PATTERNS = (
    # A phone number with a plus or as a WhatsApp address, also URL-encoded. Ids, times and offsets have neither.
    (
        re.compile(
            r"((?:(?<![\w.-])(?:\+|whatsapp:\+?))|%2B)(\d{2}|\d(?=\W))(?:[ ().-]{0,2}\d){4,11}(\d{2})(?!\d)", re.I
        ),
        r"\1\2…\3",
    ),
    # A bare number in a provider's text, such as `to=2348031234567` or `"wa_id": "2348031234567"`.
    (
        re.compile(
            r"""(?<![A-Za-z])((?:wa_id|to|from|phone|recipient|input)["']?\s?[=:]\s?["']?)\d{5,13}(\d{2})\b""", re.I
        ),
        r"\1…\2",
    ),
    # The same behind a word, such as `no customer 2348031234567`.
    (
        re.compile(r"\b((?:customer|phone|recipient|sender)s? (?:number )?[\"']?)\d{8,13}(\d{2})(?![\w.:-])", re.I),
        r"\1…\2",
    ),
    # WhatsApp's user id of a customer, such as `NG.13491208655302741918` or `US.ENT.118…`.
    (re.compile(r"(?<![\w.])([A-Z]{2}\.(?:ENT\.)?)\d{6,128}(?!\w)"), r"\1…"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.I), r"\1 …"),
    # Tokens with known prefixes: Meta, Anthropic, OpenRouter, our API keys.
    (re.compile(r"\b(EAA|sk-|pk_)[\w-]{12,}"), r"\1…"),
    # `access_token=…` in a URL, `"app_secret": "…"` in JSON.
    (
        re.compile(
            r"""((?:token|secret|password|api_?key|signature)["']?\s?[=:]\s?["']?)(?!…)[^\s"'&,;)}]{4,}""", re.I
        ),
        r"\1…",
    ),
    # A password in a URI.
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), r"\1:…@"),
    # pydantic quotes its input.
    (re.compile(r"input_value=.*?(?=, input_type=)", re.S), "input_value=…"),
)
_PLAIN = re.compile(r"[0-9a-fTZ:.-]*")  # correlation ids, trace ids and times: none of the patterns matches these
_REPEAT_AFTER = 10.0  # seconds
_QUIET = (
    "aiokafka",
    "faust",
    "mode",
    "httpx2",
    "httpcore2",
    "anthropic",
    "pymongo",
    "asyncio",
    "uvicorn",
    "opentelemetry",
)


_DEPTH = 6  # deeper values are shown as text


def redact_text(text: str) -> str:
    """Return `text` without phone numbers, tokens and passwords."""
    return text if _PLAIN.fullmatch(text) else _redact_text(text)


@lru_cache(maxsize=4096)  # events repeat, and matching takes 15 µs
def _redact_text(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _redact(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict) and depth < _DEPTH:
        return {_redact(str(key)): _redact_named(str(key), item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth < _DEPTH:
        return [_redact(item, depth + 1) for item in value]
    if isinstance(value, int | float | bool | None):
        return value
    return redact_text(str(value))


@lru_cache(maxsize=1024)
def _sensitivity(key: str) -> tuple[bool, bool]:
    """Return whether a key's value is hidden, and whether digits in it are a phone number."""
    return bool(_HIDDEN.search(key)), bool(_PERSONAL.search(key))


def _redact_named(key: str, value: Any, depth: int = 0) -> Any:
    hidden, personal = _sensitivity(key)
    if hidden:
        return value if isinstance(value, int | float) else "…"  # a number of tokens is not a token
    if personal and isinstance(value, str):
        value = _DIGITS.sub(r"\1…\2", value)
    return _redact(value, depth)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact an event; a structlog processor, used after the one that formats exceptions."""
    for key, value in event.items():
        event[key] = _redact_named(key, value)
    return event


def _render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    try:
        return printable(msgspec.json.encode(dict(event)).decode())
    except (ValueError, OverflowError, TypeError):  # a lone surrogate, a number of more than 64 bits
        return json.dumps(event, default=repr)


def _shared_processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]


class _RepeatFilter(logging.Filter):
    """Drops a library's message that repeats within ten seconds: without a broker, drivers log it many times a
    second."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_QUIET):
            return True
        key = (record.name, str(record.msg)[:200])
        if record.created - self._logged.get(key, 0.0) < _REPEAT_AFTER:
            return False
        if len(self._logged) > 1000:
            self._logged.clear()
        self._logged[key] = record.created
        return True


def configure(service: str, level: str, instance: str = "") -> None:
    """Set up all logging of this process. Call once, first."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_RepeatFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_processors(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.EventRenamer("message"),
                _stamp(service, instance),
                _render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _stamp(service: str, instance: str) -> Any:
    def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        if instance:
            event["instance"] = instance
        return event

    return stamp


def get(name: str) -> Any:
    """Return a logger. Events are short sentences; values go into keywords."""
    return structlog.stdlib.get_logger(name)


def bind(**values: str) -> None:
    """Add `values` to every line that is logged in this task from now on."""
    structlog.contextvars.bind_contextvars(**values)


def bound(**values: str) -> AbstractContextManager[None]:
    """Add `values` to every line that is logged in the block."""
    return _Bound(values)


class _Bound:
    """`structlog.contextvars.bound_contextvars` in a third of its time: it is entered for every record."""

    __slots__ = ("_tokens", "_values")

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._tokens = structlog.contextvars.bind_contextvars(**self._values)

    def __exit__(self, *_: object) -> None:
        structlog.contextvars.reset_contextvars(**self._tokens)
