"""Warnings about words of a flow with which customers opt out or ask for a person. An option with such a title leads
where the flow says; any other use of the word never reaches the flow.

Words such as `cancel`, which opt out only where nothing else is meant, are left out: a flow always has them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from shared.flows.flow import Flow
from shared.flows.steps import Ai, Ask, Choose, SendText
from shared.flows.yaml_tree import Path
from shared.operations.flows.warnings import FlowWarning
from shared.text import phrases
from shared.text.agent_request import asks_for_agent
from shared.text.opt_out import asks_for_no_messages

_OPTION = (
    "customers opt out with `{word}`; while it is offered here, it leads where the option says and opts nobody out"
)
_BUTTON = "customers opt out with `{word}`, and so does a press of this button"
_TRIGGER = "customers opt out with `{word}`, so it never begins the flow"
_UNTIL = "customers opt out with `{word}`, so it never leads on from here; the opt-out ends the flow"
_FOR_A_PERSON = {
    _TRIGGER: "customers ask for a person with `{word}`, so it never begins the flow",
    _UNTIL: "customers ask for a person with `{word}`, so it never leads on from here; a person takes over",
}


def word_warnings(flow: Flow, stop_words: Sequence[str] = (), handoff_words: Sequence[str] = ()) -> list[FlowWarning]:
    """Return the warnings of a flow: of its triggers, then of its steps in their order. stop_words, handoff_words: the
    workspace's, besides the built-in ones.
    """
    keywords = enumerate(flow.content.triggers.keywords)
    used: list[tuple[str, Path, str, str]]
    used = [("triggers", ("triggers", "keywords", place), word, _TRIGGER) for place, word in keywords]
    for name, step in flow.content.steps.items():
        used += [(name, ("steps", name, *path), word, message) for path, word, message in _words_of(step)]
    found: list[FlowWarning] = []
    for where, path, word, message in used:
        if not asks_for_no_messages(word) and not phrases.is_one_of(word, tuple(stop_words)):
            asks = asks_for_agent(word) or phrases.is_one_of(word, tuple(handoff_words))
            message = _FOR_A_PERSON.get(message, "") if asks else ""
        if message:
            found.append(FlowWarning(None, where, flow.line(*path), message.format(word=word)))
    return found


def _words_of(step: Any) -> Iterator[tuple[Path, str, str]]:
    """Yield place, text and message of all that the customer may press or write at a step."""
    match step:
        case Choose():
            yield from ((("options", title), title, _OPTION) for title in step.options)
        case Ask():
            yield from ((("choices", place), title, _OPTION) for place, title in enumerate(step.choices))
        case SendText():
            yield from ((("buttons", title), title, _BUTTON) for title in step.buttons)
            yield from ((("list", title), title, _BUTTON) for title in step.rows)
        case Ai():
            yield from ((("until", place), word, _UNTIL) for place, word in enumerate(step.until))
        case _:
            return
