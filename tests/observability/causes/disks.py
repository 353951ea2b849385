"""Causes of alerts on the stores' room, on a small disk, and on the last backup."""

from pathlib import Path

from tests.e2e.small_disk import fill_to
from tests.e2e.waiting import in_thread
from tests.observability.scene import Cause, Group, Scene, Sign, nothing, type_command

_FREE = 0.06  # of the disk
_MB = 2**20
_KEY_MB = 5


def _ballast(scene: Scene) -> Path:
    return Path(scene.world.stack.info["logs"]).parent / "ballast"


async def _fill_disk(scene: Scene) -> None:
    await in_thread(fill_to, _ballast(scene), _FREE)


async def _free_disk(scene: Scene) -> None:
    await in_thread(_ballast(scene).unlink)


async def _limit_redis(scene: Scene) -> None:
    await scene.world.redis._driver.config_set("maxmemory", 64 * _MB)


async def _fill_redis(scene: Scene) -> None:
    driver = scene.world.redis._driver
    number = 0
    while int((await driver.info("memory"))["used_memory"]) < (64 - _KEY_MB) * 0.9 * _MB:
        await driver.set(f"ballast:{number}", b"x" * _KEY_MB * _MB)
        number += 1


async def _empty_redis(scene: Scene) -> None:
    driver = scene.world.redis._driver
    await driver.delete(*[key async for key in driver.scan_iter("ballast:*")])


GROUP = Group(
    "disks",
    (
        Cause(
            "the last `parley backup` is older than BACKUP_MAX_AGE_HOURS",
            {"BackupMissed": Sign("No backup for", r"\{\} 1\d\d(\.\d+)?\n")},
            nothing,
            mend=type_command("parley backup second.jsonl.gz"),
            repair="`parley backup`",
            prepare=type_command("parley backup first.jsonl.gz"),
            limit=180.0,
            stand_in="36 hours are 108 s",
        ),
        Cause(
            "the disk of Kafka and MongoDB is filled to 94 %",
            {"DiskFilling": Sign("fills up", r'store="<store>"\} 0\.0[56]')},
            _fill_disk,
            mend=_free_disk,
            repair="freed",
            limit=120.0,
        ),
        Cause(
            "Redis is filled to more than four fifths of its `maxmemory`",
            {"RedisMemoryLow": Sign("noeviction", "ballast")},
            _fill_redis,
            mend=_empty_redis,
            repair="the keys are removed",
            prepare=_limit_redis,
            limit=120.0,
        ),
    ),
    env={"BACKUP_MAX_AGE_HOURS": "0.03"},
    disk=1500,
)
