"""Cleans texts before a model reads them and before a customer does. Pure."""

import re

from services.ai.text.whatsapp import for_whatsapp

# Invisible characters (tags, variation selectors, zero width, fillers) can carry hidden instructions.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_MAX_INPUT = 6000  # bytes of one message: in many scripts a letter has three, and costs as much
_MAX_OUTPUT = 6000


def for_model(text: str) -> str:
    """Return a customer's text without invisible characters, bounded; what is stored and shown to agents keeps them."""
    cleaned = _INVISIBLE.sub("", text).replace("\x00", "")
    if size_in_bytes(cleaned) > _MAX_INPUT:
        return f"{cleaned.encode(errors='replace')[:_MAX_INPUT].decode(errors='ignore')} […shortened]"
    return cleaned


def size_in_bytes(text: str) -> int:
    """Return the UTF-8 bytes of a text: they bound its tokens better than characters do."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def for_customer(text: str) -> str:
    """Return a model's answer in WhatsApp's formatting, bounded; empty: there is nothing to send."""
    return for_whatsapp(text.replace("\x00", "").strip()[:_MAX_OUTPUT])[:_MAX_OUTPUT].strip()
