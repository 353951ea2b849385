"""Markdown: the tables of one result, the page of several, and the comparison of two."""

from collections.abc import Iterable, Sequence

from devtools.bench.plots import plot
from devtools.bench.results import HIGHER, Figure, Result

_NOISE = 0.05  # less than this either way is not called better or worse
_BUSY = 0.3  # load average per core

_PAGE = """\
# Performance

Made by `parley bench report` from results of `parley bench`; do not edit. How to measure again:

    parley bench ingress                     # webhooks per second of one ingress process
    parley bench pipeline                    # from the first webhook to the last answer
    parley bench pipeline --only faq --profile router
    parley bench pipeline --traces 0.1,1     # what traces cost, of which so many are kept
    parley bench fairness                    # how late nine workspaces are while a tenth one floods
    parley bench router                      # messages that one router process decides on
    parley bench delivery                    # how late replies are while a broadcast goes out
    parley bench soak                        # memory and latency over twenty minutes
    parley bench compare before.json after.json

Every run checks itself: each webhook must be answered with 200 and be in Kafka, each message must be answered exactly
once; otherwise there is no figure. Cells are medians, with the least and the most of the runs in brackets. Everything
runs on one machine (Kafka, MongoDB, Redis, simulated providers, load generator, all services with one replica each), so
all share its cores: the CPU seconds per 1,000 messages say more about another machine than the messages per second.
"""


def page(results: Sequence[Result]) -> str:
    """The whole page."""
    return "\n".join([_PAGE, *(_section(result) for result in results)]).rstrip() + "\n"


def _section(result: Result) -> str:
    facts = "; ".join(f"{name} {_fact(value)}" for name, value in result.machine.items())
    notes = "".join(f"- {note}\n" for note in (*result.notes, *_warnings(result)))
    head = f"## {result.kind.capitalize()}\n\n`{result.command}` (seed {result.seed}, {result.at})\n\n{facts}.\n"
    return f"{head}\n{notes}\n{tables(result, plotted=True)}"


def _warnings(result: Result) -> list[str]:
    """What makes the figures worth less."""
    warnings = []
    load, cores = result.machine.get("load_before", [0.0])[0], result.machine.get("cores", 1)
    if load > cores * _BUSY:
        warnings.append(
            f"**The machine was busy with other work** (load average {load:g} on {cores} cores before the start): "
            "speeds and latencies are worse than on an idle machine; CPU seconds and memory suffer less."
        )
    if result.machine.get("kafka", "").startswith("embedded"):
        warnings.append("**Kafka was the embedded stand-in**, which keeps nothing on disk.")
    if result.profiled:
        warnings.append(f"**{result.profiled} ran under the profiler**: slower than it is.")
    return warnings


def tables(result: Result, *, plotted: bool = False) -> str:
    """The tables of a result, some with a chart below, which a terminal does not draw."""
    parts = []
    for name in dict.fromkeys(figure.table for figure in result.figures):
        figures = [figure for figure in result.figures if figure.table == name]
        parts.append(_table(name, figures))
        if plotted and (drawn := plot(name, figures)):
            parts.append(drawn)
    return "\n".join(parts)


def _table(name: str, figures: Sequence[Figure]) -> str:
    columns = list(dict.fromkeys(figure.column for figure in figures))
    cells = {(figure.row, figure.column): _cell(figure) for figure in figures}
    rows = dict.fromkeys(figure.row for figure in figures)
    body = [[row, *(cells.get((row, column), "") for column in columns)] for row in rows]
    return f"### {name}\n\n" + markdown(["", *columns], body) + "\n"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first hold numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def compare(base: Result, new: Result) -> str:
    """Every figure that both have, with the ratio new/base."""
    before = {(figure.table, figure.row, figure.column): figure for figure in base.figures}
    rows = []
    for figure in new.figures:
        old = before.get((figure.table, figure.row, figure.column))
        if old is not None:
            name = f"{figure.table}: {figure.row} ({figure.column})"
            rows.append([name, number(old.median), number(figure.median), *_ratio(old, figure)])
    profiled = [result.profiled for result in (base, new) if result.profiled]
    warning = f"\n\nOne of them ran under the profiler ({profiled[0]}): not comparable." if profiled else ""
    return markdown(["", "base", "new", "new/base", ""], rows) + warning


def _ratio(old: Figure, new: Figure) -> tuple[str, str]:
    if not old.median:
        return "", ""
    ratio = new.median / old.median
    if not new.better or abs(ratio - 1) < _NOISE:
        return f"{ratio:.2f}", ""
    good = ratio > 1 if new.better == HIGHER else ratio < 1
    apart = max(old.values) < min(new.values) or max(new.values) < min(old.values)
    return f"{ratio:.2f}", ("better" if good else "worse") + ("" if apart else " (runs overlap)")


def _cell(figure: Figure) -> str:
    if len(figure.values) < 2 or min(figure.values) == max(figure.values):
        return number(figure.median)
    return f"{number(figure.median)} ({number(min(figure.values))}–{number(max(figure.values))})"


def number(value: float) -> str:
    """Three digits that count; thousands with a comma."""
    size = abs(value)
    if value and size < 0.1:
        return f"{value:.2g}"
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _fact(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
