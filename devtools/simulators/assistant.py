"""The simulated models: a small rule-based shop assistant that reads the system prompt and the history.

It lists products of a catalogue in the prompt or in a tool's result, remembers the list, takes an order step by step,
answers from an FAQ in the prompt, and otherwise repeats the customer's message. The same conversation always gets the
same answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

_CURRENCY = r"(?:USD|EUR|GBP|NGN|KES|ZAR|INR|BRL|MXN|GHS|US\$|[$€£₦₹])"
_PRICE = re.compile(rf"{_CURRENCY}\s?\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d+)?\s?{_CURRENCY}|\b\d+\.\d\d\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:^|\s)(\d{1,2})[).]\s+(.+?)(?=\s+\d{1,2}[).]\s|\n|$)")
_FAQ = re.compile(r"(?:Q|Question):\s*(.+?)\s*\n?\s*(?:A|Answer):\s*(.+?)\s*(?=\n|$)", re.IGNORECASE)
_JSON_OBJECT = re.compile(r"\{[^{}]*\}")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,80}>")
_WORD = re.compile(r"[^\W_]+")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_HUMAN = re.compile(
    r"\b(human|real person|agent|representative|speak to (someone|a person)|talk to (someone|a person))\b"
)
_GREETING = re.compile(r"^\W*(hi|hello|hey|good (morning|afternoon|evening))\b.{0,12}$")
_YES = re.compile(r"^\W*(yes|yeah|yep|sure|ok|okay|please do|confirm)\b")
_NO = re.compile(r"^\W*(no|nope|cancel|not now)\b")
_NAME = re.compile(r"\bmy name is (\w+)", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\bwhat('s| is) my name\b")
_OFF_TOPIC = re.compile(
    r"\b(poem|capital of|president|translate|homework|python|javascript|write (me )?(a|some) (code|story|essay))\b"
)
_OFFER = re.compile(
    r"\b(do you (have|sell)|have you got|is there|are there|looking for|show me|sell|prices?|how much|cost|catalog(ue)?"
    r"|products?|stock|i (want|need)|i would like|i'd like|buy|order)\b"
)
_STOP = frozenset(
    _WORD.findall(
        "a an the do does you your yours have has i me my is are it of for to in on at what when where "
        "how much many and or any some please want need like would looking show sell price prices cost "
        "there got can buy order with we us our this that id im"
    )
)
_ASK_WHICH = "How many/which one would you like?"
_ASK_COUNT = "How many would you like?"
_ASK_ORDER = "Shall I place the order?"


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of the conversation. results: tool results in it."""

    role: str
    text: str
    results: str = ""


@dataclass(frozen=True, slots=True)
class ModelTool:
    """A tool that the model may call."""

    name: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelReply:
    """The model's answer: text or a tool call."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Context:
    """The rules' input. before: the assistant's last message. results: tool results since the customer's message."""

    system: str
    text: str  # the customer's last message
    lowercase: str
    before: str
    results: str
    turns: Sequence[ModelMessage]
    tools: Sequence[ModelTool]

    @property
    def words(self) -> set[str]:
        return _stems(self.text) - _STOP


def reply(system: str, turns: Sequence[ModelMessage], tools: Sequence[ModelTool] = ()) -> ModelReply:
    """Return the answer to the last message."""
    context = _context(system, turns, tools)
    for rule in _RULES:
        if (answer := rule(context)) is not None:
            return answer
    shown = re.sub(r"\s+", " ", context.text)[:600]
    return ModelReply(f'Thank you for your message: "{shown}". How can I help you further?')


def _context(system: str, turns: Sequence[ModelMessage], tools: Sequence[ModelTool]) -> _Context:
    spoken = [i for i, turn in enumerate(turns) if turn.role == "user" and turn.text.strip()]
    last = spoken[-1] if spoken else len(turns) - 1
    text = _TAG.sub(" ", turns[last].text).strip() if turns else ""
    before = next((t.text for t in reversed(turns[:last]) if t.role == "assistant" and t.text.strip()), "")
    results = "\n".join(t.results for t in turns[last:] if t.results)
    return _Context(system, text, text.casefold(), before, results, turns, tools)


def _stems(text: str) -> set[str]:
    return {w[:-1] if len(w) > 3 and w.endswith("s") else w for w in _WORD.findall(text.casefold())}


def _human(context: _Context) -> ModelReply | None:
    if _HUMAN.search(context.lowercase) is None:
        return None
    tool = _tool(context, ("hand", "human", "escalat"))
    if tool is not None:
        return ModelReply(tool=tool.name, arguments=_arguments(tool, context.text))
    return ModelReply("Of course. I will connect you with a colleague, who will answer here shortly.")


def _choice(context: _Context) -> ModelReply | None:
    listed = {int(n): item.strip() for n, item in _NUMBERED.findall(context.before)}
    if not listed:
        return None
    number, named = _number(context.lowercase), _named(context, listed)
    if named is not None and number is not None:
        return ModelReply(f"Great: {number} × {listed[named]}. {_ASK_ORDER}")
    choice = named if named is not None else number
    if choice is None:
        return None
    if choice not in listed:
        return ModelReply(f"I only listed {len(listed)} items. Which number would you like?")
    return ModelReply(f"You chose {choice}) {listed[choice]}. {_ASK_COUNT}")


def _named(context: _Context, listed: dict[int, str]) -> int | None:
    """Return the item that fits the customer's words best; None for a new question or a tie."""
    if "?" in context.text or "do you" in context.lowercase:
        return None
    words = {w for w in context.words if not w.isdigit()}
    scores = {n: len(words & _stems(item)) for n, item in listed.items()}
    best = [n for n, score in scores.items() if score and score == max(scores.values())]
    return best[0] if len(best) == 1 else None


def _number(text: str) -> int | None:
    if (match := re.search(r"(?<![\d.,])(\d{1,3})(?![\d.,]*\d)", text)) and len(_WORD.findall(text)) <= 8:
        return int(match[1])
    return next((n for word, n in _ORDINALS.items() if re.search(rf"\b{word}\b", text)), None)


def _count(context: _Context) -> ModelReply | None:
    if _ASK_COUNT not in context.before or (number := _number(context.lowercase)) is None:
        return None
    item = re.sub(r"^.*?\d+\)\s*", "", context.before.split(_ASK_COUNT)[0]).strip(" .")
    return ModelReply(f"Great: {number} × {item}. {_ASK_ORDER}")


def _confirm(context: _Context) -> ModelReply | None:
    if _ASK_ORDER not in context.before:
        return None
    if _YES.search(context.lowercase):
        item = context.before.removeprefix("Great: ").split(f". {_ASK_ORDER}")[0]
        return ModelReply(f"Thank you! I have noted your order: {item}. A colleague will confirm delivery.")
    if _NO.search(context.lowercase):
        return ModelReply("No problem, I have not ordered anything. Is there something else I can do for you?")
    return None


def _memory(context: _Context) -> ModelReply | None:
    names = [m[1] for t in context.turns if t.role == "user" and (m := _NAME.search(t.text))]
    if _ASKS_NAME.search(context.lowercase):
        return ModelReply(f"Your name is {names[-1]}." if names else "You have not told me your name yet.")
    if _NAME.search(context.text):
        return ModelReply(f"Nice to meet you, {names[-1]}! How can I help you today?")
    return None


def _greeting(context: _Context) -> ModelReply | None:
    if _GREETING.search(context.lowercase) is None:
        return None
    return ModelReply("Hello! Welcome to our shop. How can I help you today?")


def _off_topic(context: _Context) -> ModelReply | None:
    if _OFF_TOPIC.search(context.lowercase) is None or not re.search(
        r"off-?topic|only|unrelated", context.system, re.IGNORECASE
    ):
        return None
    return ModelReply(
        "I can only help with questions about our shop and your orders. What would you like to know about them?"
    )


def _faq(context: _Context) -> ModelReply | None:
    best, answer = 0.0, ""
    for question, text in _FAQ.findall(f"{context.system}\n{context.results}"):
        wanted = _stems(question) - _STOP
        score = len(wanted & context.words) / max(1, len(wanted | context.words))
        if score > best:
            best, answer = score, text
    return ModelReply(answer) if best >= 0.5 else None


def _offer(context: _Context) -> ModelReply | None:
    products = find_products(f"{context.system}\n{context.results}")
    fitting = [p for p in products if context.words & _stems(p)]
    if _OFFER.search(context.lowercase) is None and not (context.results and fitting):
        return None
    if not products and not context.results and (tool := _tool(context, ("catalog", "product", "search", "stock"))):
        return ModelReply(tool=tool.name, arguments=_arguments(tool, " ".join(sorted(context.words)) or context.text))
    wanted = context.words - {"product", "catalog", "catalogue", "stock"}
    if fitting or (products and not wanted):
        return ModelReply(f"Yes, we have:\n{_list(fitting or products)}\n{_ASK_WHICH}")
    if products:
        return ModelReply(f"I am sorry, we do not have that. We have:\n{_list(products)}\n{_ASK_WHICH}")
    if context.results or not (
        noun := re.search(r"(?:have|sell|got|for|want|need|buy) (?:any |some |a |an )?(\w+)", context.lowercase)
    ):
        return None
    one = noun[1].removesuffix("s")
    return ModelReply(f"Yes, we have:\n{_list([f'{kind} {one}' for kind in ('Oak', 'Walnut', 'Slate')])}\n{_ASK_WHICH}")


def _list(products: Sequence[str]) -> str:
    return "\n".join(f"{n}) {product}" for n, product in enumerate(products[:10], 1))


def find_products(text: str) -> list[str]:
    """Return products in a text: JSON objects with a name and a price, and lines with a name before a price."""
    found: dict[str, None] = {}
    for match in _JSON_OBJECT.finditer(text):
        found |= dict.fromkeys(_from_json(match[0]))
    for line in _JSON_OBJECT.sub("", text).splitlines():
        price = _PRICE.search(line)
        if price is None:
            continue
        name = re.sub(r"^[\s\-*•·|]*(\d{1,3}[).:]\s)?|\b[A-Z]{1,4}-?\d{1,6}\b", "", line[: price.start()])
        name = re.sub(r"\bprice\b|\bsku\b", "", name, flags=re.IGNORECASE).strip(" \t|:,;.-–—=@()[]\"'")
        if 0 < len(name) <= 60 and len(_WORD.findall(name)) <= 8:
            found[f"{name} – {price[0].strip()}"] = None
    return list(found)


def _from_json(text: str) -> list[str]:
    try:
        data = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    name, price = data.get("name") or data.get("title"), data.get("price")
    if not isinstance(name, str) or price is None:
        return []
    return [f"{name} – {price} {data.get('currency', '')}".strip()]


def _tool(context: _Context, names: tuple[str, ...]) -> ModelTool | None:
    if context.results:
        return None  # one call per question
    return next((tool for name in names for tool in context.tools if name in tool.name.casefold()), None)


def _arguments(tool: ModelTool, text: str) -> dict[str, Any]:
    """Return values for the required properties (or the first one), by type."""
    properties: dict[str, Any] = tool.schema.get("properties") or {}
    values: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    result: dict[str, Any] = {}
    for name in tool.schema.get("required") or list(properties)[:1]:
        schema = properties.get(name, {})
        options = schema.get("enum")
        result[name] = (
            options[0] if isinstance(options, list) and options else values.get(str(schema.get("type")), text)
        )
    return result


_RULES: tuple[Callable[[_Context], ModelReply | None], ...] = (
    _human,
    _count,
    _choice,
    _confirm,
    _memory,
    _greeting,
    _off_topic,
    _faq,
    _offer,
)
