"""Shows an exchange: a heading and its hops with their times, or the same as JSON."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from devtools.cli.screen import clock_time, seconds, shortened
from shared.domain.phone import mask
from shared.operations.masking import masked
from shared.operations.trace.hops import BAD, GOOD, WARN, Hop, answer_seconds, hops, started_at
from shared.operations.trace.why import milliseconds
from shared.repositories.exchanges import Exchange
from shared.storage.documents import plain
from shared.text.printable import one_line

_STYLES = {GOOD: "green", BAD: "bold red", WARN: "yellow"}
# Fields left out of JSON: long ones, and texts of messages.
_LONG = ("raw", "outputs")
_WORDS = ("text", "content", "body")


def show(console: Console, exchange: Exchange, *, text: bool = False, heading: bool = True) -> None:
    """Print an exchange. text: with the texts of messages."""
    if heading:
        for line in _heading(exchange):
            console.print(Text(line, style="dim") if line.startswith(" ") else Text(line, style="bold"))
        console.print()
    start = started_at(exchange)
    if start is not None:
        console.print(Text(f"  {start:%Y-%m-%d} (UTC)      +ms  where     what", style="dim"))
    for hop in hops(exchange):
        console.print(_line(hop, start))
        if text and hop.text:
            for text_line in hop.text.splitlines():
                console.print(Text(f"{'':34}│ {text_line}", style="italic"))
    took = answer_seconds(exchange)
    if took is not None:
        console.print(Text(f"\n  the provider accepted the first reply {seconds(took)} after the message arrived"))


def as_json(exchange: Exchange, *, text: bool = False) -> dict[str, Any]:
    """Return the hops and their documents as JSON, with phone numbers masked."""
    start = started_at(exchange)
    left_out = _LONG if text else (*_LONG, *_WORDS)
    parts = {"messages": exchange.messages, "ai_calls": exchange.ai_calls, "outbound": exchange.outbound}
    documents = {
        name: [{key: value for key, value in item.items() if key not in left_out} for item in items]
        for name, items in parts.items()
    }
    steps = [
        {
            "at": hop.at,
            "ms": milliseconds(hop, start),
            "where": hop.where,
            "what": hop.what,
            "level": hop.level or "plain",
        }
        | ({"text": hop.text} if text and hop.text else {})
        for hop in hops(exchange)
    ]
    found = {"correlation_id": exchange.correlation_id, "hops": steps, "spent": exchange.spent, **documents}
    shown: dict[str, Any] = masked(plain(found))
    return shown


def _heading(exchange: Exchange) -> list[str]:
    first = (exchange.messages or exchange.outbound)[0]
    lines = [str(first["_id"])]
    place = f"  workspace {first['workspace']} · channel {first['channel']} · conversation {first['conversation_id']}"
    lines.append(place)
    if exchange.messages:
        sender = exchange.messages[0]["sender"]
        name = f" ({shortened(sender['name'], 100)})" if sender.get("name") else ""
        lines.append(f"  from {mask(sender['identity'])}{name} · correlation {exchange.correlation_id}")
    else:
        lines.append(f"  correlation {exchange.correlation_id}")
    if exchange.spent is not None:
        answers = f"{exchange.spent.answers} answer" + ("s" if exchange.spent.answers != 1 else "")
        lines.append(f"  the conversation so far: {answers} of models for USD {exchange.spent.usd:f}")
    return lines


def _line(hop: Hop, start: datetime | None) -> Any:
    at = clock_time(hop.at) if hop.at else "not yet"
    ms = milliseconds(hop, start)
    line = Text(f"  {at:<12}  ")
    line.append(f"{'' if ms is None else f'{ms:+d}':>8}  ", style="dim")
    line.append(f"{hop.where:<9} ", style="cyan")
    line.append(one_line(hop.what), style=_STYLES.get(hop.level, ""))
    return line
