"""A flow can only take so much of a router's time with one message, whatever is written in it."""

import json
import time
from typing import Any

import pytest

from shared.flows.engine.engine import MAX_MESSAGES
from shared.flows.expressions import work_limit
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.expression import parse_expression
from tests.services.flow_builders import Talk, book

_LIMIT = 10.0  # seconds of processor; one takes some hundredths
_LOOKS = " and ".join(["not contains(list, 'x')"] * 17)


def _flow(name: str, *steps: Any, **top: Any) -> str:
    return json.dumps({"flow": name, **top, "steps": {f"s{number}": step for number, step in enumerate(steps)}})


def _again_and_again(*steps: Any, **variables: Any) -> Talk:
    """A flow that comes past the same steps many times: it calls one that has them."""
    main = _flow("main", *[{"sub_flow": "part"}] * 90, variables=variables)
    return Talk(book(main, _flow("part", *steps, variables=variables)))


HEAVY: list[tuple[str, Talk]] = [
    ("texts full of expressions", _again_and_again({"set": {"x": "{{ upper(name) }}" * 50}}, name="x" * 3000)),
    ("long lists", _again_and_again({"branch": [{"if": _LOOKS, "then": "end"}]}, list=["ab"] * 900)),
    ("changes of the customer", _again_and_again({"add_tags": ["x"]}, {"name": "{{ customer.tags }}"})),
    ("long texts", _again_and_again({"set": {"x": "{{ (name + name) in (name + name) }}" * 40}}, name="ab" * 900)),
]  # fmt: skip


@pytest.mark.parametrize("talk", [it[1] for it in HEAVY], ids=[it[0] for it in HEAVY])
def test_expensive_flow_ends_soon(talk: Talk) -> None:
    began = time.process_time()
    first = talk.begin().outcome
    assert time.process_time() - began < _LIMIT
    assert talk.begin().outcome == first, "the same message is decided on in the same way"


def test_work_limit_covers_all_steps_and_the_note_names_the_last() -> None:
    outcome = HEAVY[1][1].begin().outcome
    assert outcome.hand_off == "flow part could not go on at step s0"
    assert "more work than one message may be" in outcome.note


def test_work_of_one_expression_is_limited() -> None:
    rule = parse_expression(" or ".join(["contains(l, 'x')"] * 24))
    with pytest.raises(ExpressionError, match="more work"):
        rule.holds({"l": ["a"] * 1000})
    assert rule.holds({"l": ["x"]})


def test_messages_of_one_flow_run_are_limited() -> None:
    outcome = Talk(_flow("f", *[{"text": ["Hi"] * 10}] * 9)).begin().outcome
    assert outcome.hand_off is not None
    assert MAX_MESSAGES < len(outcome.bodies) <= MAX_MESSAGES + 10
    assert len(Talk(_flow("f", *["Hi"] * 40)).begin().heard) == 40


def test_lower_of_nested_work_limits_applies() -> None:
    with work_limit.limit_work(5), work_limit.limit_work(1000):
        work_limit.spend(5)
        with pytest.raises(work_limit.TooMuchWork):
            work_limit.spend()
    work_limit.spend(10**9)
