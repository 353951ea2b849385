"""What the simulated models say: a small rule-based shop assistant that reads the system prompt and the history.

It lists what a catalogue in the prompt (or in a tool's result) offers, remembers the list it gave, takes an order
step by step, answers from questions and answers in the prompt, and otherwise repeats what the customer wrote. The
same conversation always gets the same answer.
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
class Turn:
    """One message. `results` is what tools answered in it."""

    role: str
    text: str
    results: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call."""

    name: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """Text, or a call of a tool."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the rules look at."""

    system: str
    said: str  # the customer's last words
    low: str
    before: str  # the assistant's last words
    results: str  # of tools, since the customer's last words
    turns: Sequence[Turn]
    tools: Sequence[Tool]

    @property
    def words(self) -> set[str]:
        return _stems(self.said) - _STOP


def reply(system: str, turns: Sequence[Turn], tools: Sequence[Tool] = ()) -> Reply:
    """The answer to the last turn."""
    scene = _look(system, turns, tools)
    for rule in _RULES:
        if (answer := rule(scene)) is not None:
            return answer
    shown = re.sub(r"\s+", " ", scene.said)[:600]
    return Reply(f'Thank you for your message: "{shown}". How can I help you further?')


def _look(system: str, turns: Sequence[Turn], tools: Sequence[Tool]) -> _Scene:
    spoken = [i for i, turn in enumerate(turns) if turn.role == "user" and turn.text.strip()]
    last = spoken[-1] if spoken else len(turns) - 1
    said = _TAG.sub(" ", turns[last].text).strip() if turns else ""
    before = next((t.text for t in reversed(turns[:last]) if t.role == "assistant" and t.text.strip()), "")
    results = "\n".join(t.results for t in turns[last:] if t.results)
    return _Scene(system, said, said.casefold(), before, results, turns, tools)


def _stems(text: str) -> set[str]:
    return {w[:-1] if len(w) > 3 and w.endswith("s") else w for w in _WORD.findall(text.casefold())}


def _human(scene: _Scene) -> Reply | None:
    if _HUMAN.search(scene.low) is None:
        return None
    tool = _tool(scene, ("hand", "human", "escalat"))
    if tool is not None:
        return Reply(tool=tool.name, arguments=_arguments(tool, scene.said))
    return Reply("Of course. I will connect you with a colleague, who will answer here shortly.")


def _choice(scene: _Scene) -> Reply | None:
    listed = {int(n): item.strip() for n, item in _NUMBERED.findall(scene.before)}
    if not listed:
        return None
    number, named = _number(scene.low), _named(scene, listed)
    if named is not None and number is not None:
        return Reply(f"Great: {number} × {listed[named]}. {_ASK_ORDER}")
    choice = named if named is not None else number
    if choice is None:
        return None
    if choice not in listed:
        return Reply(f"I only listed {len(listed)} items. Which number would you like?")
    return Reply(f"You chose {choice}) {listed[choice]}. {_ASK_COUNT}")


def _named(scene: _Scene, listed: dict[int, str]) -> int | None:
    """The one item that the customer's words fit best; None if it is a new question or not clear."""
    if "?" in scene.said or "do you" in scene.low:
        return None
    words = {w for w in scene.words if not w.isdigit()}
    scores = {n: len(words & _stems(item)) for n, item in listed.items()}
    best = [n for n, score in scores.items() if score and score == max(scores.values())]
    return best[0] if len(best) == 1 else None


def _number(text: str) -> int | None:
    if (match := re.search(r"(?<![\d.,])(\d{1,3})(?![\d.,]*\d)", text)) and len(_WORD.findall(text)) <= 8:
        return int(match[1])
    return next((n for word, n in _ORDINALS.items() if re.search(rf"\b{word}\b", text)), None)


def _count(scene: _Scene) -> Reply | None:
    if _ASK_COUNT not in scene.before or (number := _number(scene.low)) is None:
        return None
    item = re.sub(r"^.*?\d+\)\s*", "", scene.before.split(_ASK_COUNT)[0]).strip(" .")
    return Reply(f"Great: {number} × {item}. {_ASK_ORDER}")


def _confirm(scene: _Scene) -> Reply | None:
    if _ASK_ORDER not in scene.before:
        return None
    if _YES.search(scene.low):
        item = scene.before.removeprefix("Great: ").split(f". {_ASK_ORDER}")[0]
        return Reply(f"Thank you! I have noted your order: {item}. A colleague will confirm delivery.")
    if _NO.search(scene.low):
        return Reply("No problem, I have not ordered anything. Is there something else I can do for you?")
    return None


def _memory(scene: _Scene) -> Reply | None:
    names = [m[1] for t in scene.turns if t.role == "user" and (m := _NAME.search(t.text))]
    if _ASKS_NAME.search(scene.low):
        return Reply(f"Your name is {names[-1]}." if names else "You have not told me your name yet.")
    if _NAME.search(scene.said):
        return Reply(f"Nice to meet you, {names[-1]}! How can I help you today?")
    return None


def _greeting(scene: _Scene) -> Reply | None:
    if _GREETING.search(scene.low) is None:
        return None
    return Reply("Hello! Welcome to our shop. How can I help you today?")


def _off_topic(scene: _Scene) -> Reply | None:
    if _OFF_TOPIC.search(scene.low) is None or not re.search(r"off-?topic|only|unrelated", scene.system, re.IGNORECASE):
        return None
    return Reply(
        "I can only help with questions about our shop and your orders. What would you like to know about them?"
    )


def _faq(scene: _Scene) -> Reply | None:
    best, answer = 0.0, ""
    for question, text in _FAQ.findall(f"{scene.system}\n{scene.results}"):
        wanted = _stems(question) - _STOP
        score = len(wanted & scene.words) / max(1, len(wanted | scene.words))
        if score > best:
            best, answer = score, text
    return Reply(answer) if best >= 0.5 else None


def _offer(scene: _Scene) -> Reply | None:
    products = offers(f"{scene.system}\n{scene.results}")
    fitting = [p for p in products if scene.words & _stems(p)]
    if _OFFER.search(scene.low) is None and not (scene.results and fitting):
        return None
    if not products and not scene.results and (tool := _tool(scene, ("catalog", "product", "search", "stock"))):
        return Reply(tool=tool.name, arguments=_arguments(tool, " ".join(sorted(scene.words)) or scene.said))
    wanted = scene.words - {"product", "catalog", "catalogue", "stock"}
    if fitting or (products and not wanted):
        return Reply(f"Yes, we have:\n{_list(fitting or products)}\n{_ASK_WHICH}")
    if products:
        return Reply(f"I am sorry, we do not have that. We have:\n{_list(products)}\n{_ASK_WHICH}")
    if scene.results or not (
        noun := re.search(r"(?:have|sell|got|for|want|need|buy) (?:any |some |a |an )?(\w+)", scene.low)
    ):
        return None
    one = noun[1].removesuffix("s")
    return Reply(f"Yes, we have:\n{_list([f'{kind} {one}' for kind in ('Oak', 'Walnut', 'Slate')])}\n{_ASK_WHICH}")


def _list(products: Sequence[str]) -> str:
    return "\n".join(f"{n}) {product}" for n, product in enumerate(products[:10], 1))


def offers(text: str) -> list[str]:
    """What a text offers: every JSON object with a name and a price, and every line with a name before a price."""
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


def _tool(scene: _Scene, names: tuple[str, ...]) -> Tool | None:
    if scene.results:
        return None  # one call for one question
    return next((tool for name in names for tool in scene.tools if name in tool.name.casefold()), None)


def _arguments(tool: Tool, text: str) -> dict[str, Any]:
    """Values for the required properties (or the first one), by type."""
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


_RULES: tuple[Callable[[_Scene], Reply | None], ...] = (
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
