"""Problems of flow files."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FlowProblem:
    """A problem in a flow file. line: from 1. where: the step, or the key of the file. message: for people."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.where}: {self.message}"


class FlowInvalid(ValueError):
    """Raised for an invalid flow file. The text has a line for each problem."""

    def __init__(self, problems: Iterable[FlowProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
