"""Results are saved, read, and formatted as tables, page and comparison."""

from pathlib import Path

import pytest

from devtools.bench.errors import BenchFailed
from devtools.bench.report import compare, number, page, section
from devtools.bench.results import HIGHER, LOWER, BenchResult, read, save


def result(*speeds: float, latency: float = 10.0) -> BenchResult:
    made = BenchResult(
        kind="ingress",
        at="2026-03-14T09:26:53Z",
        command="parley bench ingress",
        seed=1,
        machine={"cores": 2, "load_before": [0.1, 0.2, 0.3]},
        figures=[],
        notes=["A note."],
        about="Counts something, against nothing.",
    )
    for speed in speeds:
        made.add("Speed", "per second", "64", speed, better=HIGHER)
    made.add("Speed", "p50 (ms)", "64", latency, better=LOWER)
    return made


def test_saved_result_is_read_back(tmp_path: Path) -> None:
    made = result(1.0, 2.0, 4.0)
    assert read(save(made, tmp_path)) == made
    assert save(made, tmp_path / "deep" / "base.json").name == "base.json"


def test_file_without_a_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BenchFailed, match=r"x\.json"):
        read(tmp_path / "x.json")


def test_page_has_medians_and_ranges() -> None:
    text = page([result(1000.0, 2000.0, 4000.0)])
    assert "| per second | 2,000 (1,000–4,000) |" in text
    assert "- A note." in text
    assert "Counts something, against nothing." in text
    assert "load_before 0.1 0.2 0.3" in text


@pytest.mark.parametrize(
    ("label", "new", "said"),
    [
        ("faster in every run", result(200.0, 220.0), "| 2.10 | better |"),
        ("slower in every run", result(50.0, 50.0), "| 0.50 | worse |"),
        ("overlapping runs", result(95.0, 150.0), "| 1.23 | better (runs overlap) |"),
        ("nearly the same", result(101.0, 101.0), "| 1.01 |  |"),
    ],
)
def test_comparison_says_whether_it_is_better_or_worse(label: str, new: BenchResult, said: str) -> None:
    assert said in compare(result(99.0, 101.0), new)


def test_page_warns_of_conditions_that_distort_figures() -> None:
    made = result(1.0)
    assert "busy" not in page([made])
    made.machine |= {"load_before": [3.0, 1.0, 1.0], "kafka": "embedded"}
    made.profiled = "router"
    text = page([made])
    assert "busy with other work** (load average 3 on 2 cores" in text
    assert "embedded one" in text
    assert "router ran under the profiler" in text


def test_lower_latency_is_better() -> None:
    assert "| 0.50 | better |" in compare(result(1.0), result(1.0, latency=5.0))


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (0.00123, "0.0012"), (0.5, "0.50"), (12.34, "12.3"), (12345.6, "12,346")]
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_page_has_charts_and_terminal_tables_have_none() -> None:
    made = result()
    for column, value in (("64 connections", 9.0), ("1 connection", 2.0)):
        made.add("One ingress process", "webhooks accepted per second", column, value, better=HIGHER)
    for row, value in (("router", 2.5), ('a "quoted" one', 1.0), ("all", 3.5)):
        made.add("CPU seconds per 1,000 messages", row, "all AI", value, better=LOWER)
    by_column, by_row = page([made]).split("```mermaid\n")[1:]
    assert 'title "One ingress process: webhooks accepted per second"' in by_column
    assert 'x-axis ["64 connections", "1 connection"]' in by_column
    assert "bar [9, 2]" in by_column
    assert 'x-axis ["router", "a \'quoted\' one"]' in by_row
    assert "bar [2.5, 1]" in by_row
    assert "mermaid" not in section(made)


def test_single_value_has_no_chart() -> None:
    made = result()
    made.add("Replies", "record to accepted, p95 (ms)", "no broadcast", 1.0, better=LOWER)
    assert "mermaid" not in page([made])
