"""Checks on what goes into a model and what comes out. Pure."""

import re

from services.ai.text.whatsapp import for_whatsapp

# Invisible characters carry instructions that people cannot see: tags, variation selectors, zero width, fillers.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_MOST_INPUT = 6000  # bytes of one message in the model's copy: in many scripts a letter has three, and costs as much
_MOST_OUTPUT = 6000


def for_model(text: str) -> str:
    """The model's copy of a customer's text; what is stored and shown to people keeps every character."""
    cleaned = _INVISIBLE.sub("", text).replace("\x00", "")
    if size_in_bytes(cleaned) > _MOST_INPUT:
        return f"{cleaned.encode(errors='replace')[:_MOST_INPUT].decode(errors='ignore')} […shortened]"
    return cleaned


def size_in_bytes(text: str) -> int:
    """The bytes of a text, which bound its tokens better than its characters do."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def for_customer(text: str) -> str:
    """A model's answer as it may be sent, in WhatsApp's formatting; empty: there is nothing to send."""
    return for_whatsapp(text.replace("\x00", "").strip()[:_MOST_OUTPUT])[:_MOST_OUTPUT].strip()
