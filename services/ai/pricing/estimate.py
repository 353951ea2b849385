"""Estimates token counts by lengths: an upper bound before a call, and where a vendor reports no usage. Pure."""

from dataclasses import replace
from typing import Any

import msgspec

from services.ai.prompt.prompt import Prompt
from shared.domain.model_prices import Tokens

_BYTES = 2  # of text per token, at least; English has four
_OVERHEAD = 20  # tokens of a block or a turn


def max_input_tokens(prompt: Prompt) -> int:
    """Return an upper bound of the input tokens that a vendor will count."""
    texts = [*prompt.system, *filter(None, (prompt.about,)), *(turn.text for turn in prompt.messages)]
    texts += [f"{tool.name}{tool.description}{_written(tool.schema)}" for tool in prompt.tools]
    for done in prompt.rounds:
        texts += [_written(done.message), *(result.text for result in done.results)]
    return sum(_of_text(text) for text in texts)


def with_estimates(tokens: Tokens, prompt: Prompt, output: str) -> Tokens:
    """Return the usage with estimates for missing counts, so that no call is free. output: all that the model wrote,
    tool calls too; empty when it is unknown.
    """
    if not tokens.input + tokens.cache_read + tokens.cache_write:
        tokens = replace(tokens, input=max_input_tokens(prompt))
    if not tokens.output and output:
        tokens = replace(tokens, output=_of_text(output))
    return tokens


def _of_text(text: str) -> int:
    return len(text.encode(errors="replace")) // _BYTES + _OVERHEAD


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()
