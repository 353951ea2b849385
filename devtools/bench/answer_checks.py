"""Check from the simulators' records that each message was answered exactly once, and when."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from devtools.bench.corpus import SampleMessage
from devtools.bench.errors import BenchFailed
from devtools.bench.stack import BenchStack

_PAGE = 2000


def fetch_records(bench: BenchStack, since: int = 0, *, kind: str = "message") -> tuple[list[dict[str, Any]], int]:
    """Return the simulators' records of requests, also refused ones, and the `since` for the next call.

    since: only newer records. kind: `message` for sends, `completion` for calls of models.
    """
    records: list[dict[str, Any]] = []
    while True:
        page = bench.simulators("GET", f"/_sim/records?kind={kind}&since={since}&limit={_PAGE}")
        records += page["records"]
        since = page["next"]
        if len(page["records"]) < _PAGE:
            return records, since


def check_answers(samples: Sequence[SampleMessage], records: Sequence[dict[str, Any]]) -> list[float]:
    """Return when the answer to each sample was accepted, in seconds since the epoch.

    Raises BenchFailed if a message was not answered exactly once, or a send was refused or answers no message.
    """
    by_customer: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        by_customer[record["phone_number_id"], record["to"].lstrip("+")].append(record)
    at: list[float] = []
    wrong: list[str] = []
    for sample in samples:
        answers = [
            r for r in by_customer[sample.number, sample.customer] if r["accepted"] and sample.expect in r["text"]
        ]
        if len(answers) == 1:
            at.append(answers[0]["at"])
        else:
            wrong.append(f"{len(answers)} answers to {sample.customer}, expected {sample.expect!r}")
    if wrong or len(records) != len(samples):
        raise BenchFailed(_describe_violations(samples, records, wrong))
    return at


def _describe_violations(
    samples: Sequence[SampleMessage], records: Sequence[dict[str, Any]], wrong: Sequence[str]
) -> str:
    refused = [record["error"] for record in records if not record["accepted"]]
    text = (
        f"{len(samples)} messages, {len(records)} sends, {len(refused)} of them refused; "
        f"{len(wrong)} messages were not answered exactly once"
    )
    details = [*wrong[:3], *(str(error) for error in refused[:2])]
    expected = {sample.expect for sample in samples}
    details += [f"unexpected: {r['text'][:120]!r}" for r in records if not any(e in r["text"] for e in expected)][:2]
    return f"{text}: {'; '.join(details)}"
