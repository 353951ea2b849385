"""Logs: one JSON object per line on standard output, for our own records and for those of libraries.

Every line of work on a message carries `workspace_id`, `correlation_id` and `trace_id` (contextvars). Values of keys
that hold secrets or people's words are removed, and phone numbers are masked wherever they stand, in exceptions too;
times and ids survive (`tests/unit/test_logging.py`).
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog

_HIDDEN = re.compile(
    r"token|secret|password|authorization|api_?key|signature|cookie|^(body|text|caption|payload|raw|content)$", re.I
)
# A phone number: with a plus, or as a WhatsApp address. Ids, timestamps and offsets have neither.
_PHONE = re.compile(r"(?<![\w.:-])(\+|whatsapp:\+?)(\d{2})\d{4,11}(\d{2})(?!\d)")
# A bare number in a provider's words, such as `to=2348031234567`; ids of ours are uuids and are not touched.
_BARE = re.compile(r"((?:wa_id|to|from|phone|recipient|input)[\"'=:\s]{1,4})\d{5,13}(\d{2})\b", re.I)
_BEARER = re.compile(r"(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.I)
_QUIET = ("aiokafka", "faust", "mode", "httpx2", "httpcore2", "anthropic", "pymongo", "asyncio", "uvicorn.access")


def redact_text(text: str) -> str:
    """`text` without phone numbers and bearer tokens."""
    text = _PHONE.sub(r"\1\2…\3", text)
    text = _BARE.sub(r"\1…\2", text)
    return _BEARER.sub(r"\1 …", text)


def _redact(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict) and depth < 6:
        return {key: "…" if _HIDDEN.search(str(key)) else _redact(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth < 6:
        return [_redact(item, depth + 1) for item in value]
    if isinstance(value, int | float | bool | None):
        return value
    return redact_text(str(value))


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; it stands behind the one that formats exceptions."""
    for key, value in event.items():
        event[key] = "…" if _HIDDEN.search(key) else _redact(value)
    return event


def _render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode(dict(event)).decode()


def _shared_processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]


def configure(service: str, level: str, instance: str = "") -> None:
    """Set up all logging of this process. Call once, first."""
    structlog.configure(
        processors=[*_shared_processors(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
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
    """A logger. Its events are short sentences; what varies is in the keywords."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def bound(**values: str) -> Iterator[None]:
    """Put `values` on every line that is logged within."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
