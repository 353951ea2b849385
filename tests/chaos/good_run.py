"""Evidence of a run in which every guarantee held, and changed copies of it."""

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
MESSAGES = [make_message(1, customer, n) for customer in CUSTOMERS for n in range(customer.message_count)]


def good_run() -> Evidence:
    """Return evidence of a run: every message accepted, answered once, in order, and read."""
    messages = [with_values(one, accepted_at=START + number) for number, one in enumerate(MESSAGES)]
    accepted = [accepted_send(one, index) for one in messages for index in range(len(one.outputs))]
    accepted = [with_seq(one, seq) for seq, one in enumerate(accepted, 1)]
    order: dict[str, list[str]] = {}
    for one in messages:
        order.setdefault(one.conversation, []).append(one.id)
    return Evidence(
        messages=messages,
        accepted=accepted,
        faults=[fault()],
        order=order,
        stored={one.message_id: StoredMessage(one.message_id, "chaos-0", "sent", "read", False) for one in accepted},
        offsets=[GroupOffset("router", "inbound.messages", 0, 24, 24)],
        seen=[ReadinessChange(START, name, 200) for name in ("ingress-0", "router-0", "delivery-0")],
        memory=[ProcessMemory("router-0", 100.0, 90.0, 95.0), ProcessMemory("kafka", 900.0, 900.0, 900.0)],
        memory_limit=400,
        apology=APOLOGY,
        began=START,
    )


def with_values(message: CustomerMessage, **changes: Any) -> CustomerMessage:
    """Return the message with other values."""
    return msgspec.structs.replace(message, **changes)


def with_seq(accepted: AcceptedSend, seq: int) -> AcceptedSend:
    """Return the send with this sequence number."""
    return msgspec.structs.replace(accepted, seq=seq, at=START + seq)


def accepted_send(message: CustomerMessage, index: int) -> AcceptedSend:
    """Return the accepted send of one part of the right answer."""
    text = f'Thank you for your message: "{message.text}".' if message.echo_word else message.parts[index]
    return AcceptedSend(0, START, message.provider, "", message.outputs[index], f"wamid.{index}", text)


def fault(**changes: Any) -> InjectedFault:
    """Return a kill of a router, with other values."""
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


def checks_of(**changes: Any) -> dict[str, GuaranteeCheck]:
    """Return the checks of the good run with changes, by name."""
    return {check.name: check for check in checks.run(dataclasses.replace(good_run(), **changes))}


def violated(**changes: Any) -> list[str]:
    """Return the names of the guarantees that the good run with changes violates."""
    return [name for name, check in checks_of(**changes).items() if not check.passed]
