"""Causes of alerts on models."""

from tests.e2e.shop import APOLOGY, Shop, phone, word
from tests.e2e.waiting import until
from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    ask_model,
    both,
    last_command,
    script,
    together,
    type_command,
    unscript,
)


async def _set_small_budget(scene: Scene) -> None:
    scene.notes["shop"] = await scene.world.shop(daily_budget_usd="0.001")  # some answers


async def _ask_often(scene: Scene) -> None:
    await together(*[ask_model] * 4)(scene)


async def _raise_budget(scene: Scene) -> None:
    shop = scene.notes.pop("shop")
    assert isinstance(shop, Shop)
    await scene.world.reapply(shop)

    async def model_answers() -> bool:
        ada = phone()
        await scene.world.write(shop, ada, f"remark {word()}")
        (answer,) = await scene.world.answers(ada)
        return bool(answer["text"] != APOLOGY)

    await until(model_answers, "a model answers again")


GROUP = Group(
    "models",
    (
        Cause(
            "a workspace spends its budget",
            {"BudgetSpent": Sign(r"shop\d", r"(?m)^<workspace> +\d+ +\d+ +\d+ +0\.\d*[1-9]")},
            _set_small_budget,
            _ask_often,
            _raise_budget,
            "raised and applied; a model answers again",
        ),
        Cause(
            "a model answers 503",
            {
                "ModelBreakerOpen": Sign("claude", r"its breaker is open"),
                "ApologiesMany": Sign("apology", r'(?s)outcome="breaker open".*Apologised'),
            },
            script("anthropic", {"kind": "status", "status": 503}),
            ask_model,
            unscript,
            "answers again; the breaker closes by itself",
        ),
        Cause(
            "the credit at the models' vendor is used up",
            {"ModelAccessRefused": Sign("anthropic", r"A vendor refuses our key or credit")},
            script("anthropic", {"kind": "no_credit"}),
            ask_model,
            both(unscript, type_command(last_command("ModelAccessRefused"))),
            "paid, and the breaker closed by the runbook's command",
        ),
    ),
    env={"AI_BREAKER_CALLS": "4", "AI_BREAKER_SECONDS": "5"},
)
