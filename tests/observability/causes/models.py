"""Causes of alerts on models."""

from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    ask_model,
    both,
    script,
    type_command,
    unscript,
)


async def _spend_budget(scene: Scene) -> None:
    scene.notes["shop"] = await scene.world.shop(daily_budget_usd="0.00001")


async def _forget_shop(scene: Scene) -> None:
    scene.notes.pop("shop")


GROUP = Group(
    "models",
    (
        Cause(
            "a workspace spends its budget",
            {"BudgetSpent": Sign(r"shop\d", r'workspace="shop\d+"')},
            _spend_budget,
            ask_model,
            _forget_shop,
            "no more questions",
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
            both(unscript, type_command("""redis-cli -u "$REDIS_URL" DEL 'parley:ai:breaker:VENDOR:MODEL'""")),
            "paid, and the breaker closed (`redis-cli … DEL`)",
        ),
    ),
    env={"AI_BREAKER_CALLS": "4", "AI_BREAKER_SECONDS": "5"},
)
