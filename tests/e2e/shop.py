"""Test workspaces, phone numbers and words, and the private data that no log may contain."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from devtools.simulators.webhooks import MetaNumber
from shared.domain import ids
from shared.workspace.config import WorkspaceFile

# Short, to keep tests fast; ordered as the runtime requires (longest call < drain < rebalance).
TIMINGS = {
    "IN_DOUBT_GRACE": "2",
    "SEND_TIMEOUT": "1.5",
    "AI_DEADLINE": "6",
    # Off: tests that share a stack script failures. tests/e2e/special/test_models.py tests breakers.
    "AI_BREAKER_CALLS": "1000000",
    "DRAIN_TIMEOUT": "12",
    "REBALANCE_TIMEOUT": "14",
    "SESSION_TIMEOUT": "3",
}
FAQS = {
    "What are your opening hours?": "We are open from 9 to 5, Monday to Saturday.",
    "Where are you?": "Our shop is at 12 Marina Road, Lagos Island.",
    "How can I pay?": "By card, bank transfer, or cash on delivery in Lagos.",
    "Do you deliver?": "Yes, anywhere in Nigeria within three working days.",
}
APOLOGY = "Sorry, nobody can answer right now. A colleague will write to you here."
HANDED_OFF = "A colleague will be with you here shortly."
BOT = {
    "apology": APOLOGY,
    "handoff_reply": HANDED_OFF,
    "system_prompt": "We sell coasters.",
    "fallback_models": [],  # a vendor's failure must not be hidden by a fallback
}
serial_numbers = itertools.count(1)
_phones = itertools.count(803_000_0000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The workspace of one test, with a Meta number and a Twilio number."""

    workspace: str
    number: MetaNumber
    access_token: str
    app_secret: str
    verify_token: str
    twilio: str
    account_sid: str
    auth_token: str

    def meta_conversation(self, phone: str) -> str:
        """Return the id of a customer's conversation on the Meta number."""
        return ids.conversation_id(self.workspace, "main", f"+{phone}")

    def twilio_conversation(self, phone: str) -> str:
        """Return the id of a customer's conversation on the Twilio number."""
        return ids.conversation_id(self.workspace, "tw", f"+{phone}")


@dataclass
class PrivateData:
    """Phone numbers, tokens and texts used in this run; no log may contain them."""

    phones: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def phone() -> str:
    """Return a new customer's phone number, in digits."""
    return f"234{next(_phones)}"


def word() -> str:
    """Return a unique word of letters that matches no rule of the simulated model."""
    number, letters = next(serial_numbers), ""
    while number:
        number, rest = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[rest]
    return f"zq{letters.ljust(4, 'b')}"


def workspace_file(shop: Shop, bot: dict[str, Any], profile: dict[str, Any]) -> WorkspaceFile:
    return WorkspaceFile.model_validate(
        {
            "workspace": shop.workspace,
            "name": "Acme Coasters",
            "region": "NG",
            # No debounce and no limit for customers, unless a test is about them.
            "bot": {"debounce_ms": 0, **bot},
            "conversing": {"messages_per_minute": 0},
            "faqs": [{"question": question, "answer": answer} for question, answer in FAQS.items()],
            "catalog": [
                {"sku": "C1", "name": "Oak coaster", "price": "4.50", "currency": "USD"},
                {"sku": "C2", "name": "Slate coaster", "price": "6.00", "currency": "USD"},
            ],
            "channels": [
                {
                    "id": "main",
                    "provider": "meta",
                    "address": f"+{shop.number.display_phone_number}",
                    "phone_number_id": shop.number.phone_number_id,
                    "waba_id": shop.number.waba_id,
                    "access_token": shop.access_token,
                    "app_secret": shop.app_secret,
                    "verify_token": shop.verify_token,
                },
                {
                    "id": "tw",
                    "provider": "twilio",
                    "address": shop.twilio,
                    "account_sid": shop.account_sid,
                    "auth_token": shop.auth_token,
                },
            ],
            **profile,
        }
    )
