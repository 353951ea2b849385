"""The frames of the live connection, both ways (subprotocol `parley.v1`). The AsyncAPI document is made from them.

Every frame is one JSON object with its `type`. `cursor` is where a browser resumes that was cut off behind this frame.
Frames are hints with a fresh copy: they may repeat and overtake each other, so a browser applies them by turn, index,
rank and version. Frames of a kind are sent to those who have its right: for a key, the right's scope.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from services.console.rights import Right

Why = Literal["too-old", "overflow", "rights", "topic"]
Resumed = Literal["nothing", "replayed", "resync"]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A frame to the browser. cursor: empty in frames of what is not kept in Kafka."""

    cursor: str = ""


class Ready(Frame, frozen=True, kw_only=True, tag="ready"):
    """Answers `hello`. resumed: `nothing` without a cursor; `replayed`: what was missed follows; `resync`: fetch what
    is shown anew, because of `why` (see `Resync`). ping: seconds between two pings.
    """

    resumed: Resumed
    replica: str
    ping: int
    why: Why | None = None


class Opened(Frame, frozen=True, kw_only=True, tag="opened"):
    """Answers `open`: fetch the conversation's messages now; all that follows comes as events."""

    conversation: str


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Sent when nothing else was for some seconds. A browser that gets no frame for 45 s connects anew."""


class Alive(Frame, frozen=True, kw_only=True, tag="pong"):
    """Answers a `ping` of the browser."""


class MessageNew(Frame, frozen=True, kw_only=True, tag="message:new"):
    """A message was received or sent, or has changed, in a conversation that the browser has open."""

    data: dict[str, Any]


class MessageStatus(Frame, frozen=True, kw_only=True, tag="message:status"):
    """The status of a message of an open conversation. rank: a lower one never follows a higher one."""

    data: dict[str, Any]


class ConversationChanged(Frame, frozen=True, kw_only=True, tag="conversation:changed"):
    """data.rows: at most fifty conversations as the list has them, the latest state of each. A row with `partial` could
    not be read, and one with `gone` is no more.
    """

    data: dict[str, Any]


class InboxStale(Frame, frozen=True, kw_only=True, tag="inbox:stale"):
    """More conversations changed than are sent: fetch the list anew, at most once a second. data.count: how many."""

    data: dict[str, Any]


class CommandDone(Frame, frozen=True, kw_only=True, tag="command:done"):
    """A command was carried out. data: conversation, command, by."""

    data: dict[str, Any]


class CommandRefused(Frame, frozen=True, kw_only=True, tag="command:refused"):
    """A command was refused. data: conversation, command, by, reason."""

    data: dict[str, Any]


class OrderChanged(Frame, frozen=True, kw_only=True, tag="order:changed"):
    """An order was placed or has another state. data: conversation, order."""

    data: dict[str, Any]


class CustomerChanged(Frame, frozen=True, kw_only=True, tag="customer:changed"):
    """A customer's record has changed. data: conversation, customer."""

    data: dict[str, Any]


class BroadcastChanged(Frame, frozen=True, kw_only=True, tag="broadcast:changed"):
    """A broadcast has another state or other counts. data: broadcast."""

    data: dict[str, Any]


class ChannelChanged(Frame, frozen=True, kw_only=True, tag="channel:changed"):
    """A channel was stopped or resumed. data: channel."""

    data: dict[str, Any]


class TemplateChanged(Frame, frozen=True, kw_only=True, tag="template:changed"):
    """The state of a template has changed, or templates were fetched from the provider. data: template (its name and
    language; empty: several).
    """

    data: dict[str, Any]


class TypingStart(Frame, frozen=True, kw_only=True, tag="typing:start"):
    """A colleague types in an open conversation, or a model writes the answer in it. data: conversation, who. who.kind:
    member or bot.
    """

    data: dict[str, Any]


class TypingStop(Frame, frozen=True, kw_only=True, tag="typing:stop"):
    """A colleague, or the bot, has stopped typing. data: conversation, who."""

    data: dict[str, Any]


class Viewing(Frame, frozen=True, kw_only=True, tag="viewing"):
    """All members who have a conversation open. data: conversation, who. Members who see all conversations and have
    `inbox` in `see` get these three frames of every conversation.
    """

    data: dict[str, Any]


class SeenMark(Frame, frozen=True, kw_only=True, tag="seen"):
    """The member has read a conversation, here or in another browser. data: conversation, turn."""

    data: dict[str, Any]


class FlowDraft(Frame, frozen=True, kw_only=True, tag="flow:draft"):
    """Somebody has changed the draft of a flow, for those with `flow:<name>` or `flows` in `see`. data: flow, change
    (edited, discarded or published), digest (of the draft's text now; null: there is none), by (kind, id, name), at.
    It may be lost, so an edit names the digest of the text that it is for.
    """

    data: dict[str, Any]


class FlowViewing(Frame, frozen=True, kw_only=True, tag="flow:viewing"):
    """All members who have the draft of a flow open, that is `flow:<name>` in `see`. data: flow, who."""

    data: dict[str, Any]


class Resync(Frame, frozen=True, kw_only=True, tag="resync"):
    """Fetch anew what is shown, then go on from `cursor`. why: `too-old`: the cursor is further back than is kept;
    `overflow`: the browser reads too slowly; `rights`: what one may see has changed; `topic`: Kafka's was made anew.
    """

    why: Why


class Paused(Frame, frozen=True, kw_only=True, tag="paused"):
    """Kafka cannot be reached: there are no events until `resumed`; poll what is shown."""


class Continued(Frame, frozen=True, kw_only=True, tag="resumed"):
    """Kafka is back; the events since `paused` follow."""


class SignedOut(Frame, frozen=True, kw_only=True, tag="signed-out"):
    """The session or key has ended; the connection closes with 4401."""


TO_BROWSER: tuple[type[Frame], ...] = (
    Ready,
    Opened,
    Ping,
    Alive,
    MessageNew,
    MessageStatus,
    ConversationChanged,
    InboxStale,
    CommandDone,
    CommandRefused,
    OrderChanged,
    CustomerChanged,
    BroadcastChanged,
    ChannelChanged,
    TemplateChanged,
    TypingStart,
    TypingStop,
    Viewing,
    SeenMark,
    FlowDraft,
    FlowViewing,
    Resync,
    Paused,
    Continued,
    SignedOut,
)


RIGHTS: Mapping[type[Frame], Right] = {
    MessageNew: Right.MESSAGES_READ,
    MessageStatus: Right.MESSAGES_READ,
    ConversationChanged: Right.CONVERSATIONS_READ,
    InboxStale: Right.CONVERSATIONS_READ,
    CommandDone: Right.CONVERSATIONS_READ,
    CommandRefused: Right.CONVERSATIONS_READ,
    TypingStart: Right.CONVERSATIONS_READ,
    TypingStop: Right.CONVERSATIONS_READ,
    Viewing: Right.CONVERSATIONS_READ,
    SeenMark: Right.CONVERSATIONS_READ,
    FlowDraft: Right.FLOWS_READ,
    FlowViewing: Right.FLOWS_READ,
    OrderChanged: Right.ORDERS_READ,
    CustomerChanged: Right.CUSTOMERS_READ,
    BroadcastChanged: Right.BROADCASTS_READ,
    ChannelChanged: Right.CHANNELS_READ,
    TemplateChanged: Right.CONTENT_READ,
}
"""The right that each kind of frame with data needs besides EVENTS_READ: that of the route with the same data."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """The first frame. cursor: of the last frame of an earlier connection; None: begin now. see: `inbox` for rows of
    the list, `broadcast:<id>`, `flow:<name>` for the draft of a flow, `flows` for changes of all drafts.
    open: the conversations whose messages are wanted.
    """

    cursor: str | None = None
    see: tuple[str, ...] = ("inbox",)
    open: tuple[str, ...] = ()


class Open(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="open"):
    """Send the messages of this conversation, too."""

    conversation: str


class Close(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="close"):
    """Send no more messages of this conversation."""

    conversation: str


class Typing(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="typing"):
    """The agent types in an open conversation; repeat it every three seconds."""

    conversation: str


class See(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="see"):
    """Replace `see` of the hello."""

    see: tuple[str, ...] = ()


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pong"):
    """Answers a ping; not required."""


class Probe(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ping"):
    """Asks for a sign of life, answered by `pong`: for a browser that must know sooner than the server's pings tell."""


FromBrowser = Hello | Open | Close | Typing | See | Pong | Probe

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[FromBrowser] = msgspec.json.Decoder(FromBrowser)


class InvalidFrame(ValueError):
    """Raised for a frame of the browser that is none of the protocol's."""


def encode(frame: Frame) -> str:
    """Return the text of a frame."""
    return _encode(frame).decode()


def decode(text: str | bytes) -> FromBrowser:
    """Return a frame of the browser. Raises InvalidFrame."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFrame(str(error)) from None
