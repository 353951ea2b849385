"""What a business's own texts allow. Made once for each revision of a workspace. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from services.ai.checks import found
from shared import ids
from shared.workspace import Workspace

_PIECES = 30


@dataclass(frozen=True, slots=True)
class Rules:
    """hosts: links may go there, and below. contacts: numbers (digits) and addresses. prices: of the catalogue;
    multiples: what up to thirty pieces of one product cost.

    amounts, percentages, free (what is for nothing, in words): in the business's own texts. secret: texts that are not
    to be repeated; the last one is the business's prompt. canary: stands in the prompt and is never to come out.
    """

    hosts: frozenset[str]
    contacts: frozenset[str]
    prices: frozenset[Decimal]
    multiples: frozenset[Decimal]
    amounts: frozenset[Decimal]
    percentages: frozenset[Decimal]
    free: tuple[frozenset[str], ...]
    secret: tuple[str, ...]
    canary: str


def canary_of(workspace: str) -> str:
    """A marker that no text of people has."""
    return ids.derived_id("canary", workspace).replace("-", "")[:20]


def rules_of(workspace: Workspace, secret: Iterable[str] = ()) -> Rules:
    """The rules of a workspace. secret: the instructions that the model gets besides the business's own."""
    own = _own_texts(workspace)
    prices = frozenset(product.price for product in workspace.catalog)
    named = frozenset(workspace.bot.link_hosts)
    numbers = {found.digits(channel.address) for channel in workspace.channels}
    return Rules(
        hosts=named or frozenset(host for text in own for host in found.hosts(text)),
        contacts=frozenset(numbers | {contact for text in own for contact in found.contacts(text)}),
        prices=prices,
        multiples=frozenset(price * pieces for price in prices for pieces in range(1, _PIECES + 1)),
        amounts=frozenset(amount for text in own for amount in found.amounts(text)),
        percentages=frozenset(share for text in own for share in found.percentages(text)),
        free=tuple(words for text in own for words in found.given_away(text)),
        secret=(*secret, workspace.bot.system_prompt),
        canary=canary_of(workspace.workspace),
    )


def _own_texts(workspace: Workspace) -> tuple[str, ...]:
    return (
        workspace.bot.system_prompt,
        *(faq.answer for faq in workspace.faqs),
        *(f"{product.name} {product.description}" for product in workspace.catalog),
    )
