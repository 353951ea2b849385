"""The part of a prompt that all customers of a workspace share is read from the vendor's prompt cache."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.tokens import MINIMUM, PromptCache
from services.ai.prompt.build import build_prompt
from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import ToolResult, ToolRound
from services.ai.tools.specs import offered
from services.ai.vendors.anthropic import AnthropicModel
from shared.domain.conversation import CartLine
from shared.domain.model_prices import Tokens, load_prices
from shared.repositories.inbound import StoredInbound
from shared.workspace.config import Workspace
from tests.services.builders import NOW, workspace
from tests.services.shop_builders import a_shop

HAIKU = "claude-haiku-5-5"


@dataclass
class Now:
    """A clock of seconds that tests move."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Vendor:
    """A simulated Anthropic API and the client that calls it."""

    model: AnthropicModel
    now: Now

    async def ask(self, prompt: Prompt) -> Tokens:
        return (await self.model.answer(prompt, model=HAIKU, max_tokens=50, timeout=5)).tokens


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    async with run_simulators(Environment()) as (url, state):
        now = Now()
        state.cache = PromptCache(now)
        model = AnthropicModel("key", f"{url}/anthropic")
        yield Vendor(model, now)
        await model.close()


def prompt(of: Workspace, text: str, **values: Any) -> Prompt:
    heard = [StoredInbound(id="1", turn=1, text=text, content={"type": "text", "body": text}, received_at=NOW)]
    return build_prompt(of, heard, [], tools=offered(of), **values)


ACME = a_shop()


async def test_second_customer_of_a_workspace_reads_the_cache(vendor: Vendor) -> None:
    first = await vendor.ask(prompt(ACME, "hello there"))
    second = await vendor.ask(prompt(ACME, "good day to you"))
    assert first.cache_write >= MINIMUM
    assert first.cache_read == 0
    assert (second.cache_read, second.cache_write) == (first.cache_write, 0)
    assert second.input < 50, "only what is this customer's own"
    prices = load_prices()
    assert prices.cost([(HAIKU, second)]) < prices.cost([(HAIKU, first)]) / 2


async def test_other_workspaces_do_not_read_the_cache(vendor: Vendor) -> None:
    """The other workspace has the same tools, catalogue and FAQ."""
    await vendor.ask(prompt(ACME, "hello"))
    other = await vendor.ask(prompt(ACME.model_copy(update={"workspace": "rival"}), "hello"))
    assert other.cache_read == 0
    assert other.cache_write >= MINIMUM


async def test_customer_facts_do_not_break_the_cache(vendor: Vendor) -> None:
    first = await vendor.ask(prompt(ACME, "hello"))
    for customer, cart in (("Ada", ()), ("Bob", (CartLine(sku="C1", quantity=2),))):
        one = prompt(
            ACME, "hello", customer={"name": customer}, cart=cart, brief="Be kind.", earlier="They wrote before."
        )
        assert (await vendor.ask(one)).cache_read == first.cache_write


async def test_calls_after_tools_read_the_cache(vendor: Vendor) -> None:
    asked = prompt(ACME, "hello")
    first = await vendor.ask(asked)
    call = {"type": "tool_use", "id": "t1", "name": "search_faq", "input": {"query": "x"}}
    done = ToolRound([call], (ToolResult("t1", "nothing"),))
    for may_call in (True, False):
        assert (await vendor.ask(asked.after(done, may_call=may_call))).cache_read == first.cache_write


async def test_cache_lives_five_minutes_after_its_last_use(vendor: Vendor) -> None:
    written = (await vendor.ask(prompt(ACME, "hello"))).cache_write
    for seconds, read in ((299, written), (299, written), (301, 0)):
        vendor.now.seconds += seconds
        assert (await vendor.ask(prompt(ACME, "hello"))).cache_read == read


async def test_changed_workspace_does_not_read_the_cache(vendor: Vendor) -> None:
    await vendor.ask(prompt(ACME, "hello"))
    for of in (a_shop(bot={"tools": ["hand_off"]}), a_shop(bot={"system_prompt": "We are kind."})):
        assert (await vendor.ask(prompt(of, "hello"))).cache_read == 0


async def test_cached_blocks_are_identical_every_time() -> None:
    """So a restarted process reads the cache that another one has written."""
    again = a_shop()
    assert again is not ACME
    one, other = prompt(ACME, "hello"), prompt(again, "hello")
    assert (one.system, one.tools) == (other.system, other.tools)


async def test_marking_a_short_prompt_costs_nothing(vendor: Vendor) -> None:
    bare = workspace(faqs=[], bot={"tools": []})
    for _ in range(2):
        tokens = await vendor.ask(prompt(bare, "hello"))
        assert (tokens.cache_read, tokens.cache_write) == (0, 0)
