"""A flow: its file (`FlowFile`), and what the engine runs (`Flow`)."""

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
    """A flow file. priority: of several flows whose triggers match, the highest starts. interruptible: whether `menu`
    and `help` end it. timeout: of the whole flow, from its start. variables: with their initial values.
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
    """A readable flow. version: a hash of the content, independent of comments and short forms. file: its name in
    error messages. lines: line numbers by path, such as `("steps", "menu", "choose")`.
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
        """Return the name of the first step."""
        return next(iter(self.content.steps))

    @cached_property
    def _following(self) -> Mapping[str, str]:
        names = list(self.content.steps)
        return dict(zip(names, [*names[1:], END], strict=True))

    def next_step(self, name: str) -> str:
        """Return the step after `name`: its `next`, else the following one in the file, else `end`."""
        step = self.content.steps[name]
        return getattr(step, "next", None) or self._following[name]

    def step(self, name: str) -> Any:
        """Return the step of that name, or None."""
        return self.content.steps.get(name)

    def line(self, *path: str | int) -> int:
        """Return the line of a path, or of its nearest parent that has one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1
