"""Warnings about a flow that is valid: it can be published all the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.messages.inbound import Provider


@dataclass(frozen=True, slots=True)
class FlowWarning:
    """A warning. provider: the one that shows something otherwise; None: it is about no provider. step: or `triggers`.
    line: from 1.
    """

    provider: Provider | None
    step: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class WarningContext:
    """A workspace's settings that warnings depend on. providers: of its channels. stop_words,
    handoff_words: its own ones."""

    providers: Sequence[Provider] = ()
    stop_words: Sequence[str] = ()
    handoff_words: Sequence[str] = ()
