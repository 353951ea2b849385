"""Estimates what a replay will do and cost, from the answers of the same days."""

from datetime import datetime
from decimal import Decimal

import msgspec

from shared.domain.model_prices import PriceTable, Tokens
from shared.domain.replays import MOST_MESSAGES
from shared.operations.replays.changed import ChangedWorkspace
from shared.repositories.ai_calls import AiCalls
from shared.repositories.inbound import InboundMessages
from shared.storage.mongo import Mongo
from shared.workspace.config import BotMode, Workspace

_CHARACTERS = 4  # of a token, in English
_ASSUMED = Tokens(input=900, output=150)  # of an answer, besides prompt and FAQ, where none was recorded
_QUESTIONS = ("ai", "faq", "no_answer")


class ReplayEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """The size and likely cost of a replay. messages: that will be replayed. found: in that time; more than `messages`:
    the latest ones are taken, found at most to the greatest number. calls: of models, likely; most_calls: if a model
    has to answer every question. usd, most_usd: the costs of these. recorded: answers that the estimate is made from;
    0: it is made from lengths of texts.
    """

    messages: int
    found: int
    conversations: int
    calls: int
    most_calls: int
    usd: Decimal
    most_usd: Decimal
    recorded: int


async def estimate(
    mongo: Mongo,
    workspace: Workspace,
    changed: ChangedWorkspace,
    prices: PriceTable,
    since: datetime,
    until: datetime,
    *,
    channel: str,
    limit: int,
) -> ReplayEstimate:
    """Return the estimate of a replay. Raises DependencyAway."""
    inbound = InboundMessages(mongo, workspace.workspace)
    found = await inbound.decisions_between(since, until, channel=channel, limit=MOST_MESSAGES + 1)
    taken = found[:limit]
    kinds = [decision.partition(":")[0] for _, decision in taken]
    questions = sum(kind in _QUESTIONS for kind in kinds)
    tokens = await AiCalls(mongo, workspace.workspace).tokens_by_model(since, until)
    price = _price(workspace, changed, prices, tokens)
    calls = _calls(changed, kinds, questions)
    most = 0 if changed.workspace.bot.mode in (BotMode.FAQ, BotMode.FLOW) else max(questions, calls)
    return ReplayEstimate(
        messages=len(taken),
        found=len(found),
        conversations=len({conversation for conversation, _ in taken}),
        calls=calls,
        most_calls=most,
        usd=price * calls,
        most_usd=price * most,
        recorded=sum(count for count, _ in tokens.values()),
    )


def _calls(changed: ChangedWorkspace, kinds: list[str], questions: int) -> int:
    """Return how often a model will be asked, likely."""
    mode = changed.workspace.bot.mode
    if mode in (BotMode.FAQ, BotMode.FLOW):
        return 0
    asked = kinds.count("ai")
    if mode is BotMode.AI and "mode" in changed.changes.bot:
        return questions if changed.changes.concern_models else questions - asked
    return asked if changed.changes.concern_models else 0


def _price(
    workspace: Workspace, changed: ChangedWorkspace, prices: PriceTable, tokens: dict[str, tuple[int, Tokens]]
) -> Decimal:
    """Return the US dollars of one answer, on average."""
    now, before = changed.workspace, workspace
    same = {before.bot.fast_model: now.bot.fast_model, before.bot.smart_model: now.bot.smart_model}
    longer = (_length(now) - _length(before)) // _CHARACTERS
    count = sum(number for number, _ in tokens.values())
    if not count:
        assumed = Tokens(input=_ASSUMED.input + _length(now) // _CHARACTERS, output=_ASSUMED.output)
        return prices.cost([(now.bot.smart_model, assumed)])
    spent = prices.cost([(same.get(model, model), usage) for model, (_, usage) in tokens.items()])
    more = prices.cost([(now.bot.smart_model, Tokens(input=abs(longer)))])
    return max(Decimal(0), spent / count + (more if longer > 0 else -more))


def _length(workspace: Workspace) -> int:
    """Return the characters of what a model is told of a workspace."""
    faqs = sum(len(faq.question) + len(faq.answer) for faq in workspace.faqs)
    return len(workspace.bot.system_prompt) + faqs
