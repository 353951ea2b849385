"""Commands about what Redis has, on a real Redis: open circuit breakers of models, and how full it is."""

from pathlib import Path

import pytest

from services.ai.gate.breaker import BreakerRules, BreakerState, CallSignal
from services.ai.gate.redis_breaker import RedisBreaker
from shared.clock import SystemClock
from shared.domain.model_vendors import breaker_name
from shared.errors import AccessRefused
from shared.operations.redis_usage import redis_usage
from shared.storage.redis import Redis
from tests.cli.runner import CommandResult, parley
from tests.conftest import Infra

CLAUDE, LLAMA = "claude-haiku-5-5", "meta-llama/llama-4"


@pytest.fixture
def run(infra: Infra, tmp_path: Path) -> "Run":
    return Run(infra, tmp_path)


class Run:
    """Runs commands without a local stack and without SECRETS_KEY, as beside a Redis that still works."""

    def __init__(self, infra: Infra, folder: Path) -> None:
        self._infra = infra
        self._folder = folder

    def __call__(self, *arguments: str, redis: str = "") -> CommandResult:
        env = {"REDIS_URL": redis or self._infra.redis, "SECRETS_KEY": "", "MONGODB_URI": "mongodb://127.0.0.1:9"}
        return parley(*arguments, "--dir", str(self._folder / "no-stack"), env=env)


async def test_open_breaker_is_listed_and_closed_for_all_replicas(redis: Redis, run: Run) -> None:
    assert (run("models", "list").code, run("models", "list").out) == (0, "No circuit breaker is open.\n")
    breaker = RedisBreaker(redis, BreakerRules())
    for model in (CLAUDE, LLAMA):
        await breaker.record(breaker_name(model), "t1", CallSignal.ACCESS)
    await breaker.record(breaker_name("claude-sonnet-5-5"), "t1", CallSignal.GOOD)
    listed = run("models", "list")
    assert listed.code == 1, "as `parley channels list`"
    assert f"{CLAUDE} (anthropic)  not called before " in listed.out
    assert f"{LLAMA} (openrouter)  not called before " in listed.out
    assert "sonnet" not in listed.out
    assert [(one["model"], one["tested"]) for one in run("models", "list", "--json").lines()] == [
        (CLAUDE, False),
        (LLAMA, False),
    ]
    closed = run("models", "close", CLAUDE)
    assert (closed.code, closed.out) == (0, f"{CLAUDE}: closed. It opens again if calls still fail.\n")
    assert (await breaker.admit(breaker_name(CLAUDE), "t2")).state is BreakerState.CLOSED
    assert (await breaker.admit(breaker_name(LLAMA), "t2")).state is BreakerState.OPEN
    again = run("models", "close", CLAUDE)
    assert (again.code, again.out) == (0, f"{CLAUDE}: its circuit breaker was not open.\n")


async def test_breaker_whose_cooldown_is_over_is_listed_and_closed(redis: Redis, run: Run) -> None:
    breaker = RedisBreaker(redis, BreakerRules(min_calls=1, first_cooldown=0.01), SystemClock())
    await breaker.record(breaker_name(CLAUDE), "t1", CallSignal.BAD)
    while "the next call is a test" not in (listed := run("models", "list")).out:
        assert CLAUDE in listed.out
    assert "closed." in run("models", "close", CLAUDE).out
    assert run("models", "list").code == 0


async def test_usage_of_redis_names_kinds_of_keys_and_no_customer(redis: Redis, run: Run) -> None:
    await redis.put("parley:ai:answer:acme:r1", b"x" * 5000, 60)
    await redis.put("parley:ai:vendors", b"anthropic", 60)
    for number in range(3):
        await redis.put(f"parley:limit:acme:+23480312345{number}", b"1", 60)
    await redis.put("celery:task:1", b"1", 60)
    shown = run("redis")
    assert shown.code == 0, shown.err
    rows = {row[0]: row[1:] for line in shown.out.splitlines() if len(row := line.split()) == 4 and ":" in row[0]}
    assert {name: row[0] for name, row in rows.items()} == {
        "parley:ai:answer:*": "1",
        "parley:ai:vendors": "1",
        "parley:limit:*": "3",
        "celery:*": "1",
    }
    assert "23480" not in shown.out
    assert next(iter(rows)) == "parley:ai:answer:*", "what takes most memory comes first"
    assert float(rows["parley:ai:answer:*"][2]) > 4.5
    assert "Not of Parley: celery:*" in shown.out
    (usage,) = run("redis", "--json").lines()
    assert (usage["seen"], usage["server"]["keys"], usage["server"]["role"]) == (6, 6, "master")


async def test_many_keys_are_looked_at_in_part(redis: Redis, run: Run) -> None:
    pipe = redis._driver.pipeline(transaction=False)
    for number in range(3000):
        pipe.set(f"parley:pair:{number}", b"1", ex=60)
    await pipe.execute()
    assert "Of 1,200 keys that were looked at; --most looks at more." in run("redis", "--most", "1200").out
    whole = run("redis", "--most", "3000")
    assert "looked at" not in whole.out
    assert "3,000 keys" in whole.out


async def test_keys_are_found_by_their_beginning_word_by_word(redis: Redis) -> None:
    for key in ("a*b", "axb", "a*c", "b"):
        await redis.put(key, b"1", 60)
    assert await redis.keys("a*", most=9) == ["a*b", "a*c"]
    assert await redis.sizes(["gone"]) == [0]
    assert await redis.delete("a*b", "gone") == 1
    assert await redis.delete() == 0


async def test_missing_right_is_named(redis: Redis, infra: Infra) -> None:
    await redis._driver.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+@connection")
    try:
        limited = Redis(infra.redis.replace("redis://", "redis://reader:pw@"))
        with pytest.raises(AccessRefused):
            await redis_usage(limited, most=10)
        await limited.close()
    finally:
        await redis._driver.execute_command("ACL", "DELUSER", "reader")


def test_redis_that_is_away_is_one_line(run: Run) -> None:
    for command in (["redis"], ["models", "list"]):
        away = run(*command, redis="redis://127.0.0.1:9/0")
        assert (away.code, away.out) == (1, "")
        assert away.err.startswith("parley: redis is away: ")
        assert "127.0.0.1:9" in away.err
        assert away.err.count("\n") == 1
