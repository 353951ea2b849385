"""The two scripts around the calls of a request: one round trip before the first call, and one after the last.

They are made of `enter.lua` or `finish.lua` and of `breaker.lua` and `budget.lua`, whose rules stay in one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from shared.repositories.ai_calls import AiCall

ANSWERED, CLAIMED = 4, 5  # besides the results of `budget.lua`

encode_answer = msgspec.json.encode
decode_answer = msgspec.json.Decoder(AiCall).decode


def _read(name: str) -> str:
    return Path(__file__).with_name(f"{name}.lua").read_text(encoding="utf-8")


def _with_functions(name: str) -> str:
    functions = (f"local function {other}(KEYS, ARGV)\n{_read(other)}end\n" for other in ("breaker", "budget"))
    return "".join((*functions, _read(name)))


ENTER, FINISH = _with_functions("enter"), _with_functions("finish")


class AlreadyAnswered(Exception):
    """Raised instead of making a call: the request has an answer. call: with that answer."""

    def __init__(self, call: AiCall) -> None:
        super().__init__(call.id)
        self.call = call


class ClaimedElsewhere(Exception):
    """Raised instead of making a call: another replica works on the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClaim:
    """The claim of this replica on a request. lease, keep_for: seconds of the claim and of the answer in Redis."""

    key: str
    answer_key: str
    holder: str
    lease: int
    keep_for: int


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """A step of another script within these. key: of the breaker; arguments: of the script."""

    key: str
    arguments: tuple[str | int, ...]


class ChoiceStep(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A model's breaker and reservation. from_: the least share of the budget left with which it is chosen."""

    from_: float
    breaker: tuple[str | int, ...]
    reserve: tuple[str | int, ...]


class EnterArguments(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON of `enter.lua`."""

    look: tuple[str | int, ...]
    choices: tuple[ChoiceStep, ...]
    claim: tuple[str, int] | None = None


class FinishArguments(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON of `finish.lua`."""

    holder: str
    keep: int
    settle: tuple[str | int, ...] | None = None
    breaker: tuple[str | int, ...] | None = None


@dataclass(frozen=True, slots=True)
class EnterReply:
    """The reply of `enter.lua`. choice: from 0. state, wait, changed: of the breaker; wait in ms."""

    done: int
    spent: int
    held: int
    choice: int
    state: int
    wait: int
    changed: int
    kept: bytes

    @classmethod
    def read(cls, reply: Sequence[Any]) -> "EnterReply":
        """Return the reply of the script."""
        done, spent, held, number, state, wait, changed, _, kept = reply
        return cls(done, spent, held, number - 1, state, wait, changed, kept)
