"""Sends the commands of `operations.commands` for a person or a program, and reads how they ended."""

from dataclasses import dataclass
from typing import Any

from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import fits, to_record
from shared.kafka.ports import Producer
from shared.messages.operations import OperationCommand
from shared.operations.errors import OperationRefused
from shared.topics import OPERATIONS_COMMANDS

_TIMEOUT = 10.0  # seconds


class OperationTooLarge(OperationRefused):
    """Raised for a command that no record can hold."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class OperationSender:
    """Sends commands of one workspace. by: their author's id."""

    producer: Producer
    clock: Clock
    workspace: str
    by: str

    def fields(self, command_id: str) -> dict[str, Any]:
        """Return the fields that all commands have. command_id: derived."""
        return {
            "id": command_id,
            "workspace": self.workspace,
            "correlation_id": ids.correlation_id(command_id),
            "created_at": self.clock.now(),
            "by": self.by,
        }

    async def send(self, command: OperationCommand) -> None:
        """Write a command; returns when Kafka has acknowledged it. Raises OperationTooLarge, DependencyAway."""
        record = to_record(OPERATIONS_COMMANDS, command)
        if not fits(record):
            raise OperationTooLarge("the list of recipients is too long; import the customers and use a segment")
        await self.producer.send([record], _TIMEOUT)
