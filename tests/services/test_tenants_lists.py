"""Long lists of a tenant cost the tenant: they are refused, or looked up, or read beside the event loop."""

import asyncio
import threading
from typing import Any

import pytest
from pydantic import ValidationError

from shared.clock import SystemClock
from shared.decisions import flow_loader
from shared.flows.flow import Flow
from shared.flows.load import read_stored_flow
from shared.messages.content import CatalogOrder, Unsupported
from shared.providers.bounds import MAX_ORDER_ITEMS
from shared.providers.meta import wire
from shared.providers.meta.content import content_of
from shared.repositories.flows import Flows
from shared.storage.mongo import Mongo
from shared.text.phrases import is_one_of
from shared.workspace.config import FlowRef, WorkspaceFile
from tests.services.builders import workspace

TOO_LONG: list[tuple[str, dict[str, Any], str]] = [
    ("faqs", {"faqs": [{"question": f"q{number}", "answer": "a"} for number in range(5_001)]}, "5,001 faqs"),
    ("variants", {"faqs": [{"question": "q", "answer": "a", "variants": ["v"] * 20_001}]}, "20,001 variants"),
    ("segments", {"segments": [{"name": f"s{number}"} for number in range(501)]}, "501 segments"),
    ("words", {"bot": {"handoff_words": ["w"] * 501}}, "501 handoff_words"),
    ("stops", {"conversing": {"stop_words": ["w"] * 501}}, "501 stop_words"),
]


@pytest.mark.parametrize(("fields", "said"), [it[1:] for it in TOO_LONG], ids=[it[0] for it in TOO_LONG])
def test_too_long_list_is_refused_by_name(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=f"has {said}; at most"):
        WorkspaceFile.model_validate({"workspace": "acme", **fields})


def test_long_word_list_is_folded_once() -> None:
    words = tuple(f"Wörd {number}!" for number in range(100_000))
    assert is_one_of("WORD 99999", words)
    assert not any(is_one_of(f"word {number} or so", words) for number in range(300))
    assert is_one_of("  stop ", frozenset(("Stop!",)))
    assert is_one_of("stop", iter(("Stop!",)))


@pytest.mark.parametrize("items", [MAX_ORDER_ITEMS, MAX_ORDER_ITEMS + 1])
def test_order_with_too_many_items_hands_off(items: int) -> None:
    item = wire.OrderItem(product_retailer_id="C1")
    message = wire.Message(id="1", timestamp="1", type="order", order=wire.Order(product_items=[item] * items))
    assert isinstance(content_of(message), CatalogOrder if items == MAX_ORDER_ITEMS else Unsupported)


async def test_large_flow_is_parsed_once_outside_the_event_loop(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = "".join(f"  s{number}: {{text: 'Hello {{{{ customer.name }}}} {number}'}}\n" for number in range(300))
    text = f"flow: large\ntriggers: {{regex: ['a.{{0,900}}b', 'c.{{0,800}}d']}}\nsteps:\n{steps}"
    flow = read_stored_flow(text, "large")
    acme = workspace(flows=[FlowRef(name=flow.name, version=flow.version)])
    await Flows(mongo, acme.workspace).put(flow.name, flow.version, text, SystemClock().now())
    readers: list[int] = []

    def read(source: str, name: str) -> Flow:
        readers.append(threading.get_ident())
        return read_stored_flow(source, name)

    monkeypatch.setattr(flow_loader, "read_stored_flow", read)
    kept = flow_loader.FlowLoader(mongo)
    first, *others = await asyncio.gather(*(kept.flow_book(acme, None) for _ in range(5)))
    assert all(other is first for other in others)
    assert [found.version for found in first.flows] == [flow.version]
    assert len(readers) == 1
    assert readers[0] != threading.get_ident()
