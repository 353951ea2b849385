"""Replays as a browser asks for them, and a vendor whose answers a test decides."""

import asyncio
from datetime import timedelta
from typing import Any

from services.ai.prompt.prompt import Prompt
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from shared.clock import FixedClock
from shared.domain.model_prices import Tokens
from tests.console.ai_jobs import Crash
from tests.console.console import Client


class Vendor:
    """Implements `LanguageModel`. says: by a part of the question. dies_at: the call in which the process ends. pause:
    seconds that a call takes. at_once: the most calls that were under way.
    """

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.models: list[str] = []
        self.says: dict[str, str | ModelFailed] = {}
        self.dies_at = 0
        self.pause = 0.0
        self.at_once = 0
        self._under_way = 0
        self.tokens = Tokens(input=1000, output=100)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.prompts.append(prompt)
        self.models.append(model)
        if len(self.prompts) == self.dies_at:
            raise Crash
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        await asyncio.sleep(self.pause)
        self._under_way -= 1
        for part, said in self.says.items():
            if part in prompt.question:
                if isinstance(said, ModelFailed):
                    raise said
                return ModelAnswer(text=said, model=model, tokens=self.tokens)
        return ModelAnswer(text="Let me see.", model=model, tokens=self.tokens)


def body(clock: FixedClock, **more: Any) -> dict[str, Any]:
    """Return the request for a replay of the last day. more: other fields of it."""
    since, until = clock.now() - timedelta(days=1), clock.now()
    return {"name": "Try", "since": since.isoformat(), "until": until.isoformat(), "max_usd": "1", **more}


async def started(client: Client, clock: FixedClock, changes: dict[str, Any], **more: Any) -> str:
    """Start a replay, and return its id."""
    response = await client.post("replays", body(clock, changes=changes, **more))
    assert response.status_code == 202, response.text
    assert response.headers["location"].endswith(f"/replays/{response.json()['id']}")
    return str(response.json()["id"])


async def replay(client: Client, id_: str) -> Any:
    response = await client.get(f"replays/{id_}")
    assert response.status_code == 200, response.text
    return response.json()


async def results(client: Client, id_: str, query: str = "") -> list[Any]:
    response = await client.get(f"replays/{id_}/results{query}")
    assert response.status_code == 200, response.text
    return list(response.json()["items"])
