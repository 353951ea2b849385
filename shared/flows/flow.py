"""A whole flow: as it is written (`FlowFile`) and as it is run (`Flow`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field, JsonValue, field_validator

from shared.flows.base_types import END, MAX_STEPS, FlowModel, FlowName, StepName, Timeout, Triggers, Variable
from shared.flows.steps import Step


class FlowFile(FlowModel):
    """priority: of two flows whose triggers fit, the higher one begins. interruptible: whether `menu` and `help` leave
    it.

    timeout: of the whole flow, from its beginning. variables: with what they are at the beginning.
    """

    flow: FlowName
    description: Annotated[str, Field(max_length=1000)] = ""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    interruptible: bool = True
    triggers: Triggers = Triggers()
    variables: Annotated[Mapping[Variable, JsonValue], Field(max_length=100)] = {}
    timeout: Timeout | None = None
    steps: Annotated[Mapping[StepName, Step], Field(min_length=1, max_length=MAX_STEPS)]

    @field_validator("steps", mode="before")
    @classmethod
    def _expand_text_steps(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: {"text": step} if isinstance(step, str) else step for name, step in value.items()}
        return value


@dataclass(frozen=True)
class Flow:
    """version: the same for files that mean the same, whatever their comments and short forms. file: what messages
    call it. lines: of the file, by path, such as `("steps", "menu", "choose")`.
    """

    content: FlowFile
    file: str = ""
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        return self.content.flow

    @cached_property
    def version(self) -> str:
        plain = self.content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        canonical = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @cached_property
    def first_step(self) -> str:
        """The step that it begins with."""
        return next(iter(self.content.steps))

    @cached_property
    def _following(self) -> Mapping[str, str]:
        names = list(self.content.steps)
        return dict(zip(names, [*names[1:], END], strict=True))

    def next_step(self, name: str) -> str:
        """Where the flow goes on behind a step that says nothing else."""
        step = self.content.steps[name]
        return getattr(step, "next", None) or self._following[name]

    def step(self, name: str) -> Any:
        """The step of that name, or None."""
        return self.content.steps.get(name)

    def line(self, *path: str | int) -> int:
        """The line of the nearest thing to that path."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1
