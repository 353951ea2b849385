"""Completes errors of operations with the command or option that helps: operations do not know the command line."""

from shared.operations.broadcasts.content import ContentMissing
from shared.operations.broadcasts.create import AudienceMissing
from shared.operations.broadcasts.lifecycle import BroadcastNotFound
from shared.operations.channels import ChannelNotStopped
from shared.operations.customers.queries import CustomerNotFound
from shared.operations.customers.tags import TagsInvalid
from shared.operations.dead_letters.reader import DeadLetterNotFound
from shared.operations.dead_letters.replayer import AlreadyReplayed
from shared.operations.errors import OperationRefused
from shared.operations.faqs import QuestionsNotFound
from shared.operations.orders.advance import OrderNotFound
from shared.operations.workspaces.apply import AccountSharingRefused, ForeignVariables, UnknownModels
from shared.operations.workspaces.file import VariableNotAllowed

_HINTS: dict[type[OperationRefused], str] = {
    AccountSharingRefused: "; apply with --share-account if it is meant",
    AlreadyReplayed: "; --again replays it once more",
    AudienceMissing: " (--segment or --csv)",
    BroadcastNotFound: "; `parley broadcast list` shows them",
    ChannelNotStopped: "; `parley channels list` shows which are",
    ContentMissing: " (--text, --template or --flow)",
    CustomerNotFound: "; `parley customers find` shows whom there is",
    DeadLetterNotFound: "; `parley dlq list` shows all of them",
    ForeignVariables: ": apply with `--allow-env NAME` if it is meant",
    QuestionsNotFound: "; `parley faq unanswered` shows which there are",
    OrderNotFound: "; `parley orders list` shows which it has",
    TagsInvalid: ": --add vip --remove new",
    VariableNotAllowed: " (`--allow-env NAME` allows a variable)",
    UnknownModels: "; apply with --allow-unknown-model if it is meant",
}


def with_hint(error: OperationRefused) -> str:
    """Return the text of an error, with what to do about it on the command line."""
    return f"{error}{_HINTS.get(type(error), '')}"
