"""Runs the tools of one try: checks their arguments, enforces a time-out, and keeps the outcomes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.ai.tools import lookups, results, specs
from services.ai.tools.catalogue import CatalogueIndex
from services.ai.tools.port import ToolCall, ToolResult
from services.ai.tools.proposing import CartDraft
from services.ai.tools.results import ToolData, ToolRefused
from shared.clock import Clock
from shared.domain.cart import Cart
from shared.errors import DependencyAway
from shared.faq.index import FaqIndex
from shared.messages.cart import CartChange
from shared.repositories.ai_calls import ToolUse
from shared.repositories.orders import Orders
from shared.telemetry import logging, metrics, tracing
from shared.workspace.config import ToolName, Workspace

log = logging.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """The workspace and customer of the request. cart: when the answer was begun. orders: of the workspace."""

    workspace: Workspace
    customer_id: str
    cart: Cart
    faq: FaqIndex
    catalogue: CatalogueIndex
    orders: Orders


class RequestTools:
    """Implements `Tools`."""

    def __init__(self, scene: ToolContext, clock: Clock) -> None:
        self._scene = scene
        self._clock = clock
        self._names = {tool.name for tool in specs.offered(scene.workspace)}
        self._draft = CartDraft(scene.workspace, scene.catalogue, scene.cart)
        self._amounts: frozenset[Decimal] = frozenset()
        self._uses: list[ToolUse] = []
        self._handed_off = ""

    @property
    def amounts(self) -> frozenset[Decimal]:
        """See the port."""
        return self._amounts

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        """See the port."""
        return tuple(self._uses)

    @property
    def handed_off(self) -> str:
        """See the port."""
        return self._handed_off

    @property
    def changes(self) -> tuple[CartChange, ...]:
        """See the port. Empty after a hand-off."""
        return () if self._handed_off else self._draft.changes

    async def run(self, calls: Sequence[ToolCall], *, allowed: int, seconds: float) -> tuple[ToolResult, ...]:
        """See the port."""
        made = await asyncio.gather(*(self._one(call, seconds, may=n < allowed) for n, call in enumerate(calls)))
        self._uses += [use for _, use in made]
        return tuple(result for result, _ in made)

    async def _one(self, call: ToolCall, seconds: float, *, may: bool) -> tuple[ToolResult, ToolUse]:
        name = call.name if call.name in self._names else "unknown"  # the name may be any text
        began = self._clock.monotonic()
        with tracing.span(
            f"execute_tool {name}",
            gen_ai__operation__name="execute_tool",
            gen_ai__tool__name=name,
            gen_ai__tool__type="function",
        ):
            outcome, text = await self._result(call, name, seconds) if may else ("over_cap", results.OVER_CAP)
        took = self._clock.monotonic() - began
        metrics.TOOL_CALLS.labels(name, outcome).inc()
        metrics.TOOL_SECONDS.labels(name).observe(took)
        log.info("A model called a tool", tool=name, outcome=outcome, ms=round(took * 1000))
        failed = outcome != "ok"
        return ToolResult(call.id, text, failed), ToolUse(name=name, outcome=outcome, ms=round(took * 1000))

    async def _result(self, call: ToolCall, name: str, seconds: float) -> tuple[str, str]:
        """Return the outcome, and the text for the model."""
        if name not in self._names:
            return "unknown", results.failed("there is no such tool")
        try:
            arguments = specs.read(ToolName(name), call.arguments)
            async with asyncio.timeout(seconds):
                found = await self._do(arguments)
        except specs.BadArguments as error:
            return "invalid", results.failed(str(error))
        except ToolRefused as refusal:
            return "refused", results.failed(str(refusal))
        except TimeoutError:
            return "timeout", results.failed("it took too long")
        except DependencyAway:
            return "failed", results.failed("it cannot be looked up right now")
        self._amounts |= found.amounts
        return "ok", results.labelled(name, found.data)

    async def _do(self, arguments: Any) -> ToolData:
        scene = self._scene
        match arguments:
            case specs.SearchFaq(query=query):
                return lookups.faq(scene.workspace, scene.faq, query)
            case specs.SearchCatalogue(query=query, max_price=most):
                return lookups.products(scene.catalogue, query, most)
            case specs.OrderStatus(number=number):
                return await lookups.orders(scene.orders, scene.customer_id, number)
            case specs.ProposeCart():
                return self._draft.propose(arguments)
            case specs.HandOff(reason=reason):
                self._handed_off = results.one_line(reason)
                return ToolData("A colleague is asked to take over. Say so in your answer, in one sentence.")
        raise AssertionError("every tool is among these")
