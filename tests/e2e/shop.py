"""A business of a test's own, its customers, and the words that no log may contain."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from devtools.simulators.webhooks import MetaNumber
from shared.domain import ids
from shared.workspace.config import WorkspaceFile

# Short, so that a test does not wait for them; in the order that the runtime wants (longest call < drain < rebalance).
TIMINGS = {
    "IN_DOUBT_GRACE": "2",
    "SEND_TIMEOUT": "1.5",
    "AI_DEADLINE": "6",
    # Tests of one stack script failures side by side; breakers are what tests/e2e/special/test_models.py is about.
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
    "fallback_models": [],  # what fails at one vendor is to fail
}
serial_numbers = itertools.count(1)
_phones = itertools.count(803_000_0000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A workspace of one test's own, with a Meta number and a Twilio number."""

    workspace: str
    number: MetaNumber
    access_token: str
    app_secret: str
    verify_token: str
    twilio: str
    account_sid: str
    auth_token: str

    def meta_conversation(self, phone: str) -> str:
        """The id of a customer's conversation on the Meta number."""
        return ids.conversation_id(self.workspace, "main", f"+{phone}")

    def twilio_conversation(self, phone: str) -> str:
        """The id of a customer's conversation on the Twilio number."""
        return ids.conversation_id(self.workspace, "tw", f"+{phone}")


@dataclass
class PrivateData:
    """Numbers, tokens and texts that this run has used: no log may hold any of them."""

    phones: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def phone() -> str:
    """A customer's number, in digits."""
    return f"234{next(_phones)}"


def word() -> str:
    """A word of letters that stands nowhere else and that no rule of the simulated model takes for something."""
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
            # Nobody waits for more and nobody is too fast, but where that is what a test is about.
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
