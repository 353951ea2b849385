"""A run that went well, for the tests of the checks to spoil."""

import dataclasses
from typing import Any

import msgspec

from devtools.chaos import checks
from devtools.chaos.answer_tracker import Accepted
from devtools.chaos.checks import Check
from devtools.chaos.evidence import Evidence, Happened, Memory, Offset, Seen, Stored
from devtools.chaos.workload import APOLOGY, Asked, crowd, line, shops

START = 1_000_000.0
PEOPLE = crowd(1, 12, 180, shops(2, sharded=False))
ASKED = [line(1, customer, n) for customer in PEOPLE for n in range(customer.lines)]


def good_run() -> Evidence:
    """Every message accepted, answered once, in order, and read."""
    asked = [copied(one, accepted_at=START + number) for number, one in enumerate(ASKED)]
    accepted = [send(one, index) for one in asked for index in range(len(one.outputs))]
    accepted = [renumbered(one, seq) for seq, one in enumerate(accepted, 1)]
    order: dict[str, list[str]] = {}
    for one in asked:
        order.setdefault(one.conversation, []).append(one.id)
    return Evidence(
        asked=asked,
        accepted=accepted,
        faults=[fault()],
        order=order,
        stored={one.ours: Stored(one.ours, "chaos-0", "sent", "read", False) for one in accepted},
        offsets=[Offset("router", "inbound.messages", 0, 24, 24)],
        seen=[Seen(START, name, 200) for name in ("ingress-0", "router-0", "delivery-0")],
        memory=[Memory("router-0", 100.0, 90.0, 95.0), Memory("kafka", 900.0, 900.0, 900.0)],
        memory_limit=400,
        apology=APOLOGY,
    )


def copied(asked: Asked, **changes: Any) -> Asked:
    """The same message with other values."""
    return msgspec.structs.replace(asked, **changes)


def renumbered(accepted: Accepted, seq: int) -> Accepted:
    """The same, accepted as the `seq`-th."""
    return msgspec.structs.replace(accepted, seq=seq, at=START + seq)


def send(asked: Asked, index: int) -> Accepted:
    """One piece of the right answer to a message, accepted."""
    text = f'Thank you for your message: "{asked.text}".' if asked.token else asked.pieces[index]
    return Accepted(0, START, asked.provider, "", asked.outputs[index], f"wamid.{index}", text)


def fault(**changes: Any) -> Happened:
    """A kill of a router."""
    values: dict[str, Any] = {
        "number": 1,
        "kind": "kill",
        "target": "router-0",
        "what": "",
        "begun": START + 2,
        "ended": START + 4,
        "lasted": 2.0,
    }
    return Happened(**(values | changes))


def spoiled(**changes: Any) -> dict[str, Check]:
    """The checks of a run that differs from the good one in these, by name."""
    return {check.name: check for check in checks.run(dataclasses.replace(good_run(), **changes))}


def broken(**changes: Any) -> list[str]:
    """The names of the promises that such a run has broken."""
    return [name for name, check in spoiled(**changes).items() if not check.passed]
