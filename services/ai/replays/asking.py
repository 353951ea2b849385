"""Asks the models of a replay as they would be asked for a customer, with the recorded messages before."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec

from services.ai import routing
from services.ai.answer_inputs import AnswerInputs, read_inputs, routing_signals
from services.ai.answerer import AnswerOptions
from services.ai.calls.ask import AskResult, ask_models
from services.ai.checks.rules_cache import RulesCache
from services.ai.prompt.build import INSTRUCTIONS, system_blocks
from services.ai.replays.gate import ReplayGate
from services.ai.tools.kit import ToolKit
from services.ai.tools.port import Tools
from services.ai.vendors.by_model import ModelVendors
from shared.domain.conversation import Conversation
from shared.domain.replays import Origin, Said
from shared.messages.ai import AiRequest
from shared.operations.replays.recorded import RecordedMessage
from shared.repositories.conversation_history import ConversationHistories
from shared.storage.mongo import Mongo
from shared.text.built_in_texts import localized, reply_language
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayModels:
    """Made once per replay. workspace: with the changes. kit: of this replay, because it caches what it makes of a
    workspace.
    """

    mongo: Mongo
    vendors: ModelVendors
    workspace: Workspace
    options: AnswerOptions
    kit: ToolKit
    rules: RulesCache = field(default_factory=lambda: RulesCache(INSTRUCTIONS))

    async def ask(
        self, one: RecordedMessage, request: AiRequest, before: Conversation, gate: ReplayGate
    ) -> tuple[Said, AskResult]:
        """Return what a model answers to a message; the customer's apology if none answers. before: the state in which
        the router asks. Raises DependencyAway.
        """
        workspace = self.workspace
        await self.kit.prepare(workspace)
        history = await ConversationHistories(self.mongo, workspace.workspace).read(
            request.conversation_id, request.customer_id, turn=one.turn, limit=workspace.bot.history
        )
        history = msgspec.structs.replace(history, conversation=before)
        rules, system = self.rules.of(workspace), system_blocks(workspace)
        at = one.message.created_at
        specs, nearest = self.kit.specs(workspace), partial(self.kit.nearest, workspace)
        inputs = read_inputs(workspace, request, history, rules, system, specs, at, nearest)
        signals = routing_signals(inputs, request, before, self.kit.faq(workspace))
        choice = routing.decisions(signals)[0][1].choice  # with the whole budget, so that the hour does not matter
        models = self.vendors.usable(routing.models_in_order(workspace.bot, choice))
        if models:
            await gate.prepare(models[0], inputs.prompt)
        loop = asyncio.get_running_loop()
        began, waited = loop.time(), gate.waited
        try:
            outcome = await ask_models(
                self.vendors,
                inputs.prompt,
                models=models,
                max_tokens=self.options.max_tokens,
                deadline=self.options.deadline,
                gate=gate,
                tools=self._tools(request, before) if inputs.prompt.tools else None,
            )
        finally:
            gate.close()
        return self._said(inputs, outcome, gate, loop.time() - began - (gate.waited - waited)), outcome

    def _tools(self, request: AiRequest, before: Conversation) -> Callable[[], Tools]:
        return lambda: self.kit.tools_for(self.workspace, request, before)

    def _said(self, inputs: AnswerInputs, outcome: AskResult, gate: ReplayGate, seconds: float) -> Said:
        bot, answer = self.workspace.bot, outcome.answer
        text = answer.text if answer else localized("apology", bot.apology, self._language(inputs))
        handed_off = bool(answer and outcome.tools and outcome.tools.handed_off)
        return Said(
            origin=Origin.SYSTEM if answer is None else Origin.PERSON if handed_off else Origin.MODEL,
            text=text,
            model=answer.model if answer else "",
            seconds=seconds,
            usd=format(gate.usd, "f"),
            refusals=tuple(gate.refusals),
            error=outcome.error,
            asked=True,
        )

    def _language(self, inputs: AnswerInputs) -> str:
        return reply_language(inputs.language, self.workspace.languages)
