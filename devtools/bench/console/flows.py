"""`parley bench console flows` (P16, P17): edits of the draft of a flow of 300 steps, and steps of its simulation, each
sent when the one before is answered, as one person does.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import aiohttp

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files_named
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.results import LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.clock import SystemClock
from shared.domain.accounts import ApiKey, token_digest
from shared.repositories.api_keys import ApiKeys, key_id
from shared.storage.mongo import Mongo

WORKSPACE = "bench"
_SECRET = "pk_benchmark-of-the-flow-builder"  # noqa: S105 - of a workspace that exists for a minute
_FLOW = f"/api/v1/workspaces/{WORKSPACE}/flows/big"
_SIMULATE = f"/api/v1/workspaces/{WORKSPACE}/flows/simulate"
_EDITS_A_SECOND = 4  # a workspace has a share of the console's processor time
_SIMULATIONS = 100  # a caller has 120 a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBenchOptions(BenchmarkOptions):
    """Options of `parley bench console flows`. steps: of the flow. edits: how many are sent."""

    kind: ClassVar[str] = "console flows"
    about: ClassVar[str] = "P16: p95 of edits of a flow of 300 steps 80 ms; P17: of a simulated step 50 ms."
    shown: ClassVar[tuple[str, ...]] = ("steps", "edits")

    steps: int = 300
    edits: int = 300


def run(options: FlowBenchOptions) -> BenchResult:
    """Return the figures."""
    env = {"CONSOLE_REQUESTS_PER_KEY_PER_MINUTE": "0"}
    files = workspace_files_named([WORKSPACE])
    with benchmark_run(options, {"console": 1}, files, simulators=False, env=env) as (stack, result):
        asyncio.run(_measure(options, stack, result))
    return result


def big_flow(steps: int) -> str:
    """Return the text of a flow with so many steps: questions, choices, texts and branches in turn."""
    parts = ["flow: big", "triggers: {keywords: [big]}", "", "steps:"]
    for number in range(steps - 1):
        name = f"s{number}"
        match number % 4:
            case 0:
                parts += [f"  {name}:   # question {number}", f'    ask: "How many of number {number}?"']
                parts += [f"    save: v{number}", "    type: integer", "    min: 1"]
            case 1:
                after = f"s{min(number + 1, steps - 2)}"
                parts += [f"  {name}:", '    choose: "Which one shall it be?"', "    options:"]
                parts += [f"      Red: {after}", f"      Blue: {{then: {after}, id: blue}}", "      Green:"]
            case 2:
                parts += [f"  {name}: |", f"    You have come to step {number} of this flow.", "    Go on!", ""]
            case _:
                parts += [f"  {name}:", "    branch:", f"      - {{if: v{number - 3} > 5, then: bye}}"]
    return "\n".join([*parts, "  bye:", "    end: Bye", ""])


async def _measure(options: FlowBenchOptions, stack: BenchStack, result: BenchResult) -> None:
    await _store_key(stack)
    async with aiohttp.ClientSession(
        base_url=stack.info["console"],
        headers={"authorization": f"Bearer {_SECRET}"},
        timeout=aiohttp.ClientTimeout(total=30),
    ) as http:
        opened = await _send(http, "PUT", f"{_FLOW}/draft", {"source": big_flow(options.steps)})
        print_progress(f"editing a flow of {options.steps} steps")
        edits = await _edit(options, http, opened["digest"])
        print_progress("simulating it")
        simulated = await _simulate(http)
    for row, seconds in (("edits", edits), ("simulated steps", simulated)):
        for name, share in P50_P95_P99:
            result.add("Flow builder", row, f"{name} ms", percentile(seconds, share) * 1000, better=LOWER)


async def _store_key(stack: BenchStack) -> None:
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    try:
        key = ApiKey(
            id=key_id(token_digest(_SECRET)),
            workspace=WORKSPACE,
            digest=token_digest(_SECRET),
            name="bench",
            scopes=("flows:read", "flows:write"),
            made_by="bench",
            made_at=SystemClock().now(),
        )
        await ApiKeys(mongo, WORKSPACE).create(key)
    finally:
        await mongo.close()


async def _edit(options: FlowBenchOptions, http: aiohttp.ClientSession, digest: str) -> list[float]:
    rng, seconds = random.Random(options.seed), []
    for number in range(options.edits):
        began = time.monotonic()
        operation = _operation(rng, number, options.steps)
        answer = await _send(http, "POST", f"{_FLOW}/draft/ops", {"base": digest, "ops": [operation]})
        digest = answer["digest"]
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, 1 / _EDITS_A_SECOND - seconds[-1]))
    return seconds


def _operation(rng: random.Random, number: int, steps: int) -> dict[str, Any]:
    question = f"s{rng.randrange(0, (steps - 1) // 4) * 4}"
    choice = f"s{rng.randrange(0, (steps - 2) // 4) * 4 + 1}"
    operations: list[dict[str, Any]] = [
        {"op": "set", "path": ["steps", question, "ask"], "value": f"How many, in edit {number}?"},
        {"op": "connect", "edge": ["steps", choice, "options", "Red"], "to": question},
        {"op": "set", "path": ["steps", question, "max"], "value": number + 10},
        {"op": "rename_key", "path": ["steps", choice, "options", "Green"], "to": "Green"},
    ]
    return operations[number % 4]


async def _simulate(http: aiohttp.ClientSession) -> list[float]:
    seconds: list[float] = []
    position: str | None = None
    for number in range(_SIMULATIONS):
        heard = [] if number == 0 else [{"text": "3"}] if number % 2 else [{"text": "Red"}]
        began = time.monotonic()
        answer = await _send(http, "POST", _SIMULATE, {"flow": "big", "position": position, "heard": heard})
        seconds.append(time.monotonic() - began)
        position = answer["position"]
        await asyncio.sleep(0.55)  # below the limit of a caller
    return seconds


async def _send(http: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.request(method, path, json=body) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
    if response.status >= 300:
        raise BenchFailed(f"{method} {path}: {response.status} {str(answer)[:300]}")
    return answer
