"""Warnings about words of a flow with which customers opt out: an option with such a title opts nobody out, and any
other use of the word never reaches the flow.

Words such as `cancel`, which opt out only where nothing else is meant, are left out: a flow always has them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from shared.flows.flow import Flow
from shared.flows.steps import Ai, Ask, Choose, SendText
from shared.flows.yaml_tree import Path
from shared.operations.flows.warnings import FlowWarning
from shared.text import phrases

_OPTION = (
    "customers opt out with `{word}`; while it is offered here, it leads where the option says and opts nobody out"
)
_BUTTON = "customers opt out with `{word}`, and so does a press of this button"
_TRIGGER = "customers opt out with `{word}`, so it never begins the flow"
_UNTIL = "customers opt out with `{word}`, so it never leads on from here; the opt-out ends the flow"


def opt_out_warnings(flow: Flow, stop_words: Sequence[str] = ()) -> list[FlowWarning]:
    """Return the warnings of a flow: of its triggers, then of its steps in their order. stop_words: the workspace's,
    besides the built-in ones.
    """
    words = (*phrases.OPT_OUT, *stop_words)
    keywords = enumerate(flow.content.triggers.keywords)
    used: list[tuple[str, Path, str, str]]
    used = [("triggers", ("triggers", "keywords", place), word, _TRIGGER) for place, word in keywords]
    for name, step in flow.content.steps.items():
        used += [(name, ("steps", name, *path), word, message) for path, word, message in _words_of(step)]
    return [
        FlowWarning(None, where, flow.line(*path), message.format(word=word))
        for where, path, word, message in used
        if phrases.is_one_of(word, words)
    ]


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
