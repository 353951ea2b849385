"""Draw bar charts of some tables in Mermaid, which GitHub and GitLab render. One series each: there is no legend."""

from collections.abc import Mapping, Sequence
from typing import Final

from devtools.bench.results import Figure

_CPU: Final = "CPU seconds per 1,000"
_SUMS: Final = ("all", "all of these (cores busy)", "load generator")
_WIDEST: Final = 70  # maximum characters of a chart's title
_MORE: Final = "Memory, from the first quarter to the last"
# By table: the row whose columns are compared. Tables of `_BY_ROW` compare the rows of their first column.
_BY_COLUMN: Final[Mapping[str, str]] = {
    "The nine, all FAQ": "webhook sent to answer accepted, p95 (ms)",
    "The nine, all AI": "webhook sent to answer accepted, p95 (ms)",
    "One ingress process": "webhooks accepted per second",
    "Replies": "record to accepted, p95 (ms)",
    "Against no traces": "messages answered per second",
}
_BY_ROW: Final = (_CPU, _MORE)


def plot(table: str, figures: Sequence[Figure]) -> str:
    """Return the chart of a table's medians as a Markdown block; empty for tables without a chart."""
    if row := _BY_COLUMN.get(table):
        return _bars(_title(table, row), {figure.column: figure.median for figure in figures if figure.row == row})
    if not table.startswith(_BY_ROW) or not figures:
        return ""
    first = figures[0].column
    found = {figure.row: figure.median for figure in figures if figure.column == first and figure.row not in _SUMS}
    return _bars(_title(table, first), found)


def _title(table: str, what: str) -> str:
    title = f"{table}: {what}"
    return title if len(title) <= _WIDEST else table


def _bars(title: str, values: Mapping[str, float]) -> str:
    if len(values) < 2:
        return ""
    names = ", ".join(f'"{_plain(name)}"' for name in values)
    heights = ", ".join(f"{value:.6g}" for value in values.values())
    return (
        f'```mermaid\nxychart-beta\n    title "{_plain(title)}"\n    x-axis [{names}]\n'
        f"    y-axis 0 --> {max(*values.values(), 0) * 1.1:.6g}\n    bar [{heights}]\n```\n"
    )


def _plain(text: str) -> str:
    """Replace characters that end a string in Mermaid."""
    return text.replace('"', "'").replace("`", "'")
