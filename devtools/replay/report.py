"""The report of a replay: one HTML page without anything from outside. Pure."""

import html
from collections.abc import Iterable, Sequence
from decimal import Decimal

from devtools.replay.again import ReplayedTurn
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


def page(title: str, tried: Sequence[str], rows: Sequence[ReplayedTurn], *, with_costs: bool) -> str:
    """title: of the page. tried: what is other than it was, a line each. with_costs: of models' answers."""
    changed = sum(row.changed for row in rows)
    summary = [("messages", f"{len(rows)}"), ("other than then", f"{changed} ({_share(changed, len(rows))})")]
    if with_costs:
        summary += [
            ("cost, then → now", f"USD {_sum(row.then_usd for row in rows)} → {_sum(row.now_usd for row in rows)}"),
            ("time p50, then → now", _times(rows, 0.5)),
            ("time p95, then → now", _times(rows, 0.95)),
            ("no answer now", f"{sum(row.now_by.startswith('apology') for row in rows)}"),
        ]
    head = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in summary)
    what = "".join(f"<li>{escape(line)}</li>" for line in tried)
    lines = "\n".join(_row(number, row, with_costs) for number, row in enumerate(rows, 1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1><ul>{what}</ul><table>{head}</table>\n"
        f'<table><tr><th class="number">#</th><th>the customer</th><th>then</th><th>now</th></tr>\n{lines}\n</table>'
        "</body></html>\n"
    )


def _row(number: int, row: ReplayedTurn, with_costs: bool) -> str:
    then = f"{row.then_by}, {row.then_seconds:.2f} s, USD {row.then_usd:f}" if with_costs else row.then_by
    now = f"{row.now_by}, {row.now_seconds:.2f} s, USD {row.now_usd:f}" if with_costs else row.now_by
    return (
        f'<tr class="{"changed" if row.changed else "same"}"><td class="number">{number}</td>'
        f'<td class="text">{escape(row.question)}</td>'
        f'<td class="text">{escape(row.then)}<span class="by">{escape(then)}</span></td>'
        f'<td class="text now">{escape(row.now)}<span class="by">{escape(now)}</span></td></tr>'
    )


def escape(text: str) -> str:
    """Return text that shows in HTML as it is: no markup, and nothing that reverses or hides what stands beside it."""
    return html.escape(printable(text))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def _sum(amounts: Iterable[Decimal]) -> str:
    return f"{sum(amounts, Decimal(0)):f}"


def _times(rows: Sequence[ReplayedTurn], share: float) -> str:
    def at(values: list[float]) -> str:
        return f"{sorted(values)[min(len(values) - 1, int(share * len(values)))]:.2f} s" if values else "–"

    return f"{at([row.then_seconds for row in rows])} → {at([row.now_seconds for row in rows])}"
