"""Draws a dashboard: panels where `gridPos` puts them, with title, axis, unit, limit and legend."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from devtools.observability.pictures.data import Series, Span
from devtools.observability.pictures.units import text

Panel = Mapping[str, Any]
_COLUMN, _LINE = 58, 36  # pixels of the grid's width and height
_COLUMNS = 24
_HEAD = 2  # lines above the panels, for the dashboard's name
_GAP = 6  # pixels between panels
_DPI = 100
LARGEST = 150_000  # bytes of a picture
_COLORS = ("#56A64B", "#E0B400", "#3274D9", "#FF780A", "#E02F44", "#8F3BB8", "#37872D", "#1F60C4", "#C4162A", "#806EB7")
_RED, _GREEN, _INK, _FAINT, _PAGE = "#E02F44", "#56A64B", "#24292E", "#70757A", "#F4F5F5"
_PANELS = "Panels"  # the name of a text in the PNG
_SHOWN = 6  # lines of a legend
_SMALL = 7  # points, the legend's letters


def picture(dashboard: Mapping[str, Any], series_of: Callable[[Panel], list[Series]], span: Span) -> bytes:
    """Return the PNG of a dashboard, which also names its panels (`panels_in`). series_of: what a panel shows."""
    lines = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in dashboard["panels"]) + _HEAD
    figure = Figure((_COLUMNS * _COLUMN / _DPI, lines * _LINE / _DPI), dpi=_DPI, facecolor=_PAGE)
    FigureCanvasAgg(figure)
    board = _Board(figure, lines, span)
    board.head(dashboard["title"], dashboard["description"])
    for panel in dashboard["panels"]:
        board.add(panel, [] if panel["type"] == "row" else series_of(panel))
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DPI)
    names = PngInfo()
    names.add_text(_PANELS, json.dumps(panels_of(dashboard)))
    return _small(png, names)


def panels_of(dashboard: Mapping[str, Any]) -> list[str]:
    """Return title and type of each panel, in the dashboard's order."""
    return [f"{one['title']} ({one['type']})" for one in dashboard["panels"]]


def panels_in(png: Path) -> list[str]:
    """Return the panels that a dashboard had when this picture of it was drawn."""
    with Image.open(png) as drawn:
        found: list[str] = json.loads(drawn.info.get(_PANELS, "[]"))
    return found


def write(file: Path, png: bytes) -> None:
    """Write a picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(png)


def _small(png: io.BytesIO, names: PngInfo) -> bytes:
    """Return the picture with as many colors as LARGEST allows."""
    png.seek(0)
    full = Image.open(png).convert("RGB")
    small = (_with_colors(full, colors, names) for colors in (128, 64, 32))
    return next((one for one in small if len(one) <= LARGEST), _with_colors(full, 16, names))


def _with_colors(full: Image.Image, colors: int, names: PngInfo) -> bytes:
    out = io.BytesIO()
    reduced = full.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(out, format="PNG", optimize=True, pnginfo=names)
    return out.getvalue()


class _Board:
    """The sheet of one dashboard. Measures are pixels from the upper left corner."""

    def __init__(self, figure: Figure, lines: int, span: Span) -> None:
        self._figure = figure
        self._width, self._height = _COLUMNS * _COLUMN, lines * _LINE
        self._span = span

    def head(self, title: str, help_text: str) -> None:
        self._text(14, 26, title, size=15, weight="bold")
        self._text(14, 52, help_text, size=8.5, color=_FAINT)
        start, end = (f"{datetime.fromtimestamp(at, UTC):%H:%M}" for at in (self._span.start, self._span.end))
        self._text(self._width - 14, 26, f"{start} to {end} UTC", size=9, color=_FAINT, ha="right")

    def add(self, panel: Panel, series: list[Series]) -> None:
        place = panel["gridPos"]
        left, top = place["x"] * _COLUMN, (place["y"] + _HEAD) * _LINE
        if panel["type"] == "row":
            self._text(14, top + _LINE * 0.65, panel["title"], size=10.5, weight="bold")
            return
        box = (left + _GAP / 2, top + _GAP / 2, place["w"] * _COLUMN - _GAP, place["h"] * _LINE - _GAP)
        color = _stat_color(panel, series) if panel["type"] == "stat" else "white"
        self._card(box, color)
        ink = "white" if panel["type"] == "stat" else _INK
        self._text(box[0] + 10, box[1] + 16, panel["title"], size=9, weight="bold", color=ink)
        {"stat": self._stat, "table": self._table, "timeseries": self._lines}[panel["type"]](panel, series, box)

    def _stat(self, panel: Panel, series: list[Series], box: tuple[float, ...]) -> None:
        defaults = panel["fieldConfig"]["defaults"]
        shown = (
            text(series[0].last, defaults["unit"], defaults.get("decimals"))
            if series
            else defaults.get("noValue", "No data")
        )
        middle = (box[0] + box[2] / 2, box[1] + box[3] / 2 + 10)
        self._text(*middle, shown, size=22 if len(shown) < 10 else 12, weight="bold", color="white", ha="center")

    def _table(self, panel: Panel, series: list[Series], box: tuple[float, ...]) -> None:
        if not series:
            self._no_data(panel, box)
            return
        names = sorted({name for one in series for name in one.labels if name != "__name__"})
        unit = panel["fieldConfig"]["defaults"]["unit"]
        rows = [names, *([one.labels.get(name, "") for name in names] for one in series)]
        values = ["Value", *(text(one.last, unit) for one in series)]
        space = int((box[3] - 34) / 17)
        for number, (row, value) in enumerate(zip(rows, values, strict=True)):
            if number >= space:
                break
            weight = "bold" if number == 0 else "normal"
            for column, word in enumerate(row):
                self._text(
                    box[0] + 12 + column * box[2] * 0.4, box[1] + 38 + number * 17, word[:26], size=8, weight=weight
                )
            self._text(box[0] + box[2] - 12, box[1] + 38 + number * 17, value, size=8, weight=weight, ha="right")

    def _lines(self, panel: Panel, series: list[Series], box: tuple[float, ...]) -> None:
        if not series:
            self._no_data(panel, box)
            return
        legend = min(len(series), _SHOWN) + (1 if len(series) > _SHOWN else 0) + 1
        below = legend * 13 + 8
        axes = self._axes((box[0] + 62, box[1] + 28, box[2] - 74, box[3] - 28 - below - 20))
        _plot(axes, panel, series, self._span)
        self._legend(panel, series, (box[0] + 10, box[1] + box[3] - below), box[2] - 20)

    def _legend(self, panel: Panel, series: list[Series], at: tuple[float, float], width: float) -> None:
        unit = panel["fieldConfig"]["defaults"]["unit"]
        left, top = at
        last, most = left + width - 78, left + width
        for x, word in ((last, "Last *"), (most, "Max")):
            self._text(x, top + 6, word, size=6.5, color=_FAINT, ha="right")
        for number, one in enumerate(series[:_SHOWN]):
            y = top + 19 + number * 13
            value = text(one.last, unit)
            name = fitting(one.name, last - width_of(value) - 8 - (left + 14))
            self._text(left, y - 1, "▬", size=_SMALL, color=_COLORS[number % len(_COLORS)])
            self._text(left + 14, y, name, size=_SMALL)
            self._text(last, y, value, size=_SMALL, ha="right")
            self._text(most, y, text(one.largest, unit), size=_SMALL, ha="right")
        if len(series) > _SHOWN:
            y = top + 19 + _SHOWN * 13
            self._text(left + 14, y, f"and {len(series) - _SHOWN} more", size=_SMALL, color=_FAINT)

    def _no_data(self, panel: Panel, box: tuple[float, ...]) -> None:
        shown = panel["fieldConfig"]["defaults"].get("noValue", "No data")
        self._text(box[0] + box[2] / 2, box[1] + box[3] / 2, shown, size=9, color=_FAINT, ha="center")

    def _axes(self, box: tuple[float, float, float, float]) -> Axes:
        left, top, width, height = box
        bottom = self._height - top - height
        return self._figure.add_axes(
            (left / self._width, bottom / self._height, width / self._width, height / self._height)
        )

    def _card(self, box: tuple[float, ...], color: str) -> None:
        left, top, width, height = box
        card = FancyBboxPatch(
            (left, self._height - top - height),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=3",
            facecolor=color,
            edgecolor="#D8D9DA",
            linewidth=0.8,
            transform=None,
            zorder=-1,  # below the axes
        )
        self._figure.add_artist(card)

    def _text(self, x: float, y: float, words: str, **style: Any) -> None:
        style = {"color": _INK, "va": "center", **style}
        self._figure.text(x / self._width, 1 - y / self._height, words.replace("$", r"\$"), **style)


def fitting(name: str, pixels: float) -> str:
    """Leave out the middle of a name that is too wide: names of topics and consumers differ at both ends."""
    shown, length = name, len(name)
    while length > 2 and width_of(shown) > pixels:
        length -= 1
        half = (length - 1) // 2
        shown = f"{name[: length - 1 - half]}…{name[len(name) - half :]}"
    return shown


def width_of(words: str) -> float:
    """Return the pixels that a text of the legend takes."""
    points: float = text_to_path.get_text_width_height_descent(words, FontProperties(size=_SMALL), ismath=False)[0]
    return points * _DPI / 72


def _plot(axes: Axes, panel: Panel, series: Sequence[Series], span: Span) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    unit, custom = defaults["unit"], defaults["custom"]
    if custom["stacking"]["mode"] == "normal":
        _stack(axes, series)
    else:
        for number, one in enumerate(series):
            color = _COLORS[number % len(_COLORS)]
            axes.plot(*_columns(one), color=color, linewidth=1.2, marker="." if len(one.points) == 1 else None)
            axes.fill_between(*_columns(one), color=color, alpha=custom["fillOpacity"] / 100, linewidth=0)
    if custom["thresholdsStyle"]["mode"] == "line":
        limit = next(one["value"] for one in defaults["thresholds"]["steps"] if one["value"] is not None)
        axes.axhline(limit, color=_RED, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.set_xlim(span.start, span.end)
    top = axes.get_ylim()[1]
    axes.set_ylim(min(defaults.get("min", 0), *(value for one in series for _, value in one.points)), max(top, 1e-9))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: text(value, unit).replace("$", r"\$")))
    axes.xaxis.set_major_locator(MaxNLocator(5 if panel["gridPos"]["w"] >= 6 else 2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"))
    axes.tick_params(labelsize=7, colors=_FAINT, length=0)
    axes.grid(color="#E9EDF2", linewidth=0.8)
    for edge in axes.spines.values():
        edge.set_visible(False)


def _stack(axes: Axes, series: Sequence[Series]) -> None:
    times = sorted({at for one in series for at, _ in one.points})
    heights = [[dict(one.points).get(at, 0.0) for at in times] for one in series]
    colors = [_COLORS[number % len(_COLORS)] for number in range(len(series))]
    axes.stackplot(times, heights, colors=colors, alpha=0.6)


def _columns(one: Series) -> tuple[list[float], list[float]]:
    return [at for at, _ in one.points], [value for _, value in one.points]


def _stat_color(panel: Panel, series: list[Series]) -> str:
    """Return the color of the highest threshold that the value reaches."""
    value = series[0].last if series else 0.0
    color = "green"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            color = step["color"]
    return {"red": _RED, "green": _GREEN}[color]
