"""A run that went well, for the tests of the checks to spoil."""

import dataclasses
from typing import Any

import msgspec

from devtools.chaos import checks
from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.checks import GuaranteeCheck
from devtools.chaos.evidence import Evidence, GroupOffset, InjectedFault, ProcessMemory, ReadinessChange, StoredMessage
from devtools.chaos.workload import APOLOGY, CustomerMessage, make_customers, make_message, make_workspaces

START = 1_000_000.0
CUSTOMERS = make_customers(1, 12, 180, make_workspaces(2, sharded=False))
ASKED = [make_message(1, customer, n) for customer in CUSTOMERS for n in range(customer.lines)]


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
        stored={one.message_id: StoredMessage(one.message_id, "chaos-0", "sent", "read", False) for one in accepted},
        offsets=[GroupOffset("router", "inbound.messages", 0, 24, 24)],
        seen=[ReadinessChange(START, name, 200) for name in ("ingress-0", "router-0", "delivery-0")],
        memory=[ProcessMemory("router-0", 100.0, 90.0, 95.0), ProcessMemory("kafka", 900.0, 900.0, 900.0)],
        memory_limit=400,
        apology=APOLOGY,
    )


def copied(asked: CustomerMessage, **changes: Any) -> CustomerMessage:
    """The same message with other values."""
    return msgspec.structs.replace(asked, **changes)


def renumbered(accepted: AcceptedSend, seq: int) -> AcceptedSend:
    """The same, accepted as the `seq`-th."""
    return msgspec.structs.replace(accepted, seq=seq, at=START + seq)


def send(asked: CustomerMessage, index: int) -> AcceptedSend:
    """One piece of the right answer to a message, accepted."""
    text = f'Thank you for your message: "{asked.text}".' if asked.echo_word else asked.parts[index]
    return AcceptedSend(0, START, asked.provider, "", asked.outputs[index], f"wamid.{index}", text)


def fault(**changes: Any) -> InjectedFault:
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
    return InjectedFault(**(values | changes))


def spoiled(**changes: Any) -> dict[str, GuaranteeCheck]:
    """The checks of a run that differs from the good one in these, by name."""
    return {check.name: check for check in checks.run(dataclasses.replace(good_run(), **changes))}


def broken(**changes: Any) -> list[str]:
    """The names of the promises that such a run has broken."""
    return [name for name, check in spoiled(**changes).items() if not check.passed]
