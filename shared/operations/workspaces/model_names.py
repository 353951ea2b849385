"""Checks model names of workspace files against the price table: with a mistyped name another model, perhaps a more
expensive one, would answer.
"""

from collections.abc import Collection, Iterator

from shared.validation.error_texts import nearest
from shared.validation.strict import Problem
from shared.workspace.config import Bot

_FIELDS = ("fast_model", "smart_model")


def unknown_models(bot: Bot, known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each model in the file without a price, with its path. Defaults are not checked."""
    for field in _FIELDS:
        if field in bot.model_fields_set and (wrong := model_problem(getattr(bot, field), known)):
            yield ("bot", field), wrong
    if "fallback_models" in bot.model_fields_set:
        for index, name in enumerate(bot.fallback_models):
            if wrong := model_problem(name, known):
                yield ("bot", "fallback_models", index), wrong


def model_problem(name: str, known: Collection[str]) -> str:
    """Return the error in a model's name; empty: none."""
    if name in known:
        return ""
    names = sorted(known)
    vendors = [one for one in names if ("/" in one) == ("/" in name)]  # `vendor/model` is OpenRouter's
    meant = nearest(name, vendors) or nearest(name, names)
    hint = f"did you mean `{meant}`?" if meant else f"there are {', '.join(names)}"
    return f"`{name}` is not in the price table; {hint}"
