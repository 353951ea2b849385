"""The queue of jobs: one process for each, one job of a workspace at a time, and no harm by a process thought dead."""

from datetime import timedelta

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain.jobs import Job, JobLane, JobState
from shared.errors import Conflict
from shared.repositories.job_files import JobFiles
from shared.repositories.job_queue import JobQueue
from shared.repositories.jobs import LEASE, Jobs, LeaseLost
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later
from tests.repositories.samples import JOB

DEAD = LEASE + timedelta(seconds=1)


def queued(id_: str, workspace: str = "acme", second: int = 0) -> Job:
    at = NOW + timedelta(seconds=second)
    return msgspec.structs.replace(JOB, id=id_, workspace=workspace, state=JobState.QUEUED, at=at, queued_at=at)


async def add(mongo: Mongo, *jobs: Job) -> None:
    for job in jobs:
        await Jobs(mongo, job.workspace).add(job)


async def claimed(mongo: Mongo, after: timedelta = timedelta(seconds=10)) -> Job:
    job = await JobQueue(mongo).claim(NOW + after)
    assert job is not None
    return job


async def test_workspace_has_one_running_job_and_the_oldest_goes_first(mongo: Mongo) -> None:
    await add(mongo, queued("b", second=2), queued("a", second=1), queued("z", "zeta", second=3))
    first = await claimed(mongo)
    assert (first.id, first.state, first.attempt) == ("a", JobState.RUNNING, 1)
    assert (await claimed(mongo)).id == "z"
    assert await JobQueue(mongo).claim(later(10)) is None
    await Jobs(mongo, "acme").finish(first, JobState.DONE, later(11))
    assert (await claimed(mongo)).id == "b"


async def test_job_of_a_kind_that_only_a_newer_version_knows_is_left_to_it(mongo: Mongo) -> None:
    await add(mongo, queued("new", second=1), queued("known", second=2))
    newer = {"kind": "translation", "wishes": {"language": "fr"}}
    await mongo.collection("jobs").update({"_id": "new"}, {"$set": newer})
    for lane in JobLane:
        claimed_by_lane = await JobQueue(mongo, lane).claim(later(10))
        assert (claimed_by_lane.id if claimed_by_lane else None) == ("known" if lane is JobLane.CUSTOMERS else None)
    assert [one.id for one in await Jobs(mongo, "acme").page(None, 10)] == ["known"], "lists name what they know, too"
    untouched = await mongo.collection("jobs").find_one({"_id": "new"})
    assert untouched is not None
    assert (untouched["state"], untouched["attempt"], untouched["wishes"]) == ("queued", 0, {"language": "fr"})


async def test_job_that_cannot_be_read_holds_up_no_other(mongo: Mongo) -> None:
    await add(mongo, queued("new", second=1), queued("known", second=2))
    await mongo.collection("jobs").update({"_id": "new"}, {"$set": {"counts": "of a newer release"}})
    assert (await claimed(mongo)).id == "known"
    left = await mongo.collection("jobs").find_one({"_id": "new"})
    assert left is not None
    assert (left["state"], left["failures"], left["counts"]) == ("queued", 0, "of a newer release")
    await mongo.collection("jobs").update({"_id": "new"}, {"$set": {"counts": {}}})
    assert await JobQueue(mongo).claim(later(20)) is None, "the other one is running"
    await Jobs(mongo, "acme").finish(await claimed(mongo, timedelta(minutes=2)), JobState.DONE, later(121))
    assert (await claimed(mongo, timedelta(minutes=10))).id == "new"


async def test_job_of_a_dead_process_goes_on_from_its_last_progress(mongo: Mongo) -> None:
    await add(mongo, queued("a"), queued("b", second=1))
    jobs, first = Jobs(mongo, "acme"), await claimed(mongo)
    await jobs.confirm(first, later(10), position=500, counts={"rows": 500})
    assert await JobQueue(mongo).claim(later(20)) is None
    second = await claimed(mongo, timedelta(seconds=10) + DEAD)
    assert (second.id, second.position, second.counts, second.attempt) == ("a", 500, {"rows": 500}, 2)
    assert not await jobs.renew(first, later(80))
    with pytest.raises(LeaseLost):
        await jobs.confirm(first, later(80), position=1)
    with pytest.raises(LeaseLost):
        await jobs.finish(first, JobState.DONE, later(80))
    await jobs.release(first, later(80))
    assert await jobs.get("a") == second


async def test_counts_of_a_job_that_begins_anew_forgive_no_failed_attempts(mongo: Mongo) -> None:
    await add(mongo, queued("a"))
    jobs, first = Jobs(mongo, "acme"), await claimed(mongo)
    reported = await jobs.report(first, later(11), {"customers": 500})
    assert (reported.failures, reported.counts) == (1, {"customers": 500})
    assert (await claimed(mongo, timedelta(seconds=11) + DEAD)).failures == 2
    with pytest.raises(LeaseLost):
        await jobs.report(first, later(80), {})


async def test_renewed_lease_is_not_taken(mongo: Mongo) -> None:
    await add(mongo, queued("a"))
    job = await claimed(mongo)
    assert await Jobs(mongo, "acme").renew(job, later(60))
    assert await JobQueue(mongo).claim(NOW + DEAD + timedelta(seconds=20)) is None


async def test_released_job_is_taken_at_once(mongo: Mongo) -> None:
    await add(mongo, queued("a"))
    await Jobs(mongo, "acme").release(await claimed(mongo), later(11))
    again = await claimed(mongo, timedelta(seconds=11))
    assert (again.attempt, again.failures) == (2, 1)


async def test_same_id_again_is_the_first_job_and_no_other_workspaces(mongo: Mongo) -> None:
    await add(mongo, queued("a"))
    assert (await Jobs(mongo, "acme").add(queued("a", second=9))).at == NOW
    with pytest.raises(Conflict):
        await Jobs(mongo, "zeta").add(queued("a", "zeta"))


async def test_parts_of_a_file_are_read_in_the_order_of_their_numbers(mongo: Mongo) -> None:
    files = JobFiles(mongo, "acme")
    for number in (10, 2, 1_000_000):
        await files.put("j", "f", number, str(number).encode(), later(9))
    await files.put("j", "f", 10, b"ten", later(9))
    await files.put("j", "g", 0, b"other", later(9))
    assert [part async for part in files.read("j", "f")] == [b"2", b"ten", b"1000000"]
    assert await files.remove("j", "f") == 3
    assert not await files.has("j", "f")
    assert await files.has("j", "g")


async def test_only_a_checked_import_is_run_and_only_a_waiting_one_removed(mongo: Mongo, clock: FixedClock) -> None:
    jobs = Jobs(mongo, "acme")
    await add(mongo, queued("a"), queued("b", second=1))
    assert await jobs.run("a", NOW) is None
    job = await claimed(mongo)
    assert not await jobs.remove_waiting("a")
    await jobs.finish(job, JobState.CHECKED, later(11))
    run = await jobs.run("a", later(12))
    assert run is not None
    assert (run.state, run.write, run.queued_at) == (JobState.QUEUED, True, later(12))
    assert await jobs.remove_waiting("a")
    assert await jobs.get("a") is None
