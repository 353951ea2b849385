"""The report of a replay: one HTML page without anything from outside. Pure."""

import html
from collections.abc import Sequence
from decimal import Decimal

from shared.domain.replays import Difference, ReplayResult, Said
from shared.operations.replays.summary import quantile
from shared.text.printable import printable

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; color: #1c1c1c }
h1 { font-size: 1.4rem } table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { border: 1px solid #d5d5d5; padding: .5rem .6rem; text-align: left; vertical-align: top }
th { background: #f4f4f4 } td.text { white-space: pre-wrap; overflow-wrap: anywhere; width: 30% }
tr.changed td.now { background: #fff7d6 }
.by { color: #6b6b6b; font-size: .85rem; display: block; white-space: pre-wrap }
td.number, th.number { text-align: right; white-space: nowrap }
"""


def page(title: str, tried: Sequence[str], results: Sequence[ReplayResult]) -> str:
    """Return the page, with the most interesting differences first. tried: what is other than it was, a line each."""
    changed = sum(one.difference is not Difference.SAME for one in results)
    then, now = [one.then for one in results], [one.now for one in results]
    summary = [
        ("messages", f"{len(results)}"),
        ("other than then", f"{changed} ({_share(changed, len(results))})"),
        ("cost, then → now", f"USD {_sum(then)} → {_sum(now)}"),
        ("time p50, then → now", f"{_time(then, 0.5)} → {_time(now, 0.5)}"),
        ("time p95, then → now", f"{_time(then, 0.95)} → {_time(now, 0.95)}"),
        ("no answer now", f"{sum(one.difference is Difference.UNKNOWN for one in results)}"),
    ]
    head = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in summary)
    what = "".join(f"<li>{escape(line)}</li>" for line in tried)
    lines = "\n".join(map(_row, sorted(results, key=lambda it: it.place)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1><ul>{what}</ul><table>{head}</table>\n"
        f'<table><tr><th class="number">#</th><th>the customer</th><th>then</th><th>now</th></tr>\n{lines}\n</table>'
        "</body></html>\n"
    )


def _row(one: ReplayResult) -> str:
    return (
        f'<tr class="{"same" if one.difference is Difference.SAME else "changed"}"><td class="number">{one.number}</td>'
        f'<td class="text">{escape(one.question)}</td>'
        f'<td class="text">{escape(one.then.text)}<span class="by">{escape(_by(one.then))}</span></td>'
        f'<td class="text now">{escape(one.now.text)}<span class="by">{escape(_by(one.now))}</span></td></tr>'
    )


def _by(said: Said) -> str:
    seconds = "" if said.seconds is None else f"{said.seconds:.2f} s"
    money = f"USD {Decimal(said.usd):f}" if Decimal(said.usd) else ""
    parts = (said.origin.value, said.model, seconds, money, *said.refusals, said.error)
    return ", ".join(filter(None, parts))


def escape(text: str) -> str:
    """Return text that shows in HTML as it is: no markup, and nothing that reverses or hides what stands beside it."""
    return html.escape(printable(text))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def _sum(answers: Sequence[Said]) -> str:
    return f"{sum((Decimal(one.usd) for one in answers), Decimal(0)):f}"


def _time(answers: Sequence[Said], share: float) -> str:
    found = quantile(sorted(one.seconds for one in answers if one.seconds is not None), share)
    return "–" if found is None else f"{found:.2f} s"
