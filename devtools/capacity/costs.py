"""Read the cost of one message, CPU time by process and bytes, from a result of `parley bench pipeline`."""

from dataclasses import dataclass
from pathlib import Path

from devtools.bench.errors import BenchFailed
from devtools.bench.results import BenchResult, read

COMMITTED_RESULT = Path(__file__).parents[1] / "bench/results/capacity.json"
SERVICES = ("ingress", "router", "ai", "delivery")
STORES = ("kafka", "mongodb", "redis")
_CPU, _MEMORY, _STORED = "CPU seconds per 1,000 messages", "Memory (MB)", "Stored for 1,000 messages (MB)"
_AI, _FAQ = "all AI", "all FAQ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of one message with its answer and the answer's three statuses.

    cpu_ai, cpu_faq: CPU seconds by process, answered by a model or by the FAQ. memory: MB of a process after load.
    Bytes: documents (compressed, as on disk), indexes, records of one Kafka replica.
    """

    cpu_ai: dict[str, float]
    cpu_faq: dict[str, float]
    memory: dict[str, float]
    documents: float
    indexes: float
    records: float

    def cpu(self, process: str, faq_share: float) -> float:
        """Return the CPU seconds of a message at this share of FAQ answers."""
        return self.cpu_faq[process] * faq_share + self.cpu_ai[process] * (1 - faq_share)


def read_costs(path: Path = COMMITTED_RESULT) -> Costs:
    """Read the costs. Raises BenchFailed unless the file is a pipeline result with the scenarios `ai` and `faq`."""
    result = read(path)
    try:
        return _costs(result)
    except KeyError as error:
        raise BenchFailed(f"{path} has no {error}; make it with `parley bench pipeline --only ai,faq`") from None


def _costs(result: BenchResult) -> Costs:
    cells = {(figure.table, figure.row, figure.column): figure.median for figure in result.figures}
    wanted = (*SERVICES, *STORES)
    stored = {row: value * 1024**2 / 1000 for (table, row, _), value in cells.items() if table == _STORED}
    return Costs(
        cpu_ai={name: cells[_CPU, name, _AI] / 1000 for name in wanted},
        cpu_faq={name: cells[_CPU, name, _FAQ] / 1000 for name in wanted},
        memory={name: cells[_MEMORY, name, "after load"] for name in wanted},
        documents=stored["MongoDB, documents compressed"],
        indexes=stored["MongoDB, indexes"],
        records=stored["Kafka, one replica"],
    )
