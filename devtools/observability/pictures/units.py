"""Values as Grafana writes them, for the units that the dashboards use."""

import math
from collections.abc import Callable

_SHORT = ((1e9, "Bil"), (1e6, "Mil"), (1e3, "K"))
_BYTES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_TIME = ((86_400.0, "day"), (3600.0, "hour"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def text(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a value in a unit. decimals: of a percentage. Raises KeyError for a unit that no dashboard has had so
    far."""
    if not math.isfinite(value):
        return "no value"
    if decimals is not None and unit == "percentunit":
        return f"{100 * value:.{decimals}f}%"
    if unit.startswith("suffix:"):
        return f"{_short(value)}{unit.removeprefix('suffix:')}"
    return UNITS[unit](value)


def _number(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}".rstrip("0").rstrip(".") or "0"


def _short(value: float) -> str:
    for size, name in _SHORT:
        if abs(value) >= size:
            return f"{_number(value / size)} {name}"
    return _number(value)


def _seconds(value: float) -> str:
    for size, name in _TIME:
        if abs(value) >= size:
            return f"{_number(value / size)} {name}"
    return "0 s"


def _bytes(value: float) -> str:
    for size, name in _BYTES:
        if abs(value) >= size:
            return f"{_number(value / size)} {name}"
    return f"{_number(value)} B"


UNITS: dict[str, Callable[[float], str]] = {
    "short": _short,
    "s": _seconds,
    "bytes": _bytes,
    "percentunit": lambda value: f"{_number(100 * value)}%",
    "currencyUSD": lambda value: f"${_short(value)}",
}
