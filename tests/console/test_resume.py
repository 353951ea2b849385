"""No event is lost: a screen that is cut off, frozen and led to other replicas shows in the end what MongoDB has.

`parley bench console resume` does the same with 1,000 interruptions.
"""

from devtools.bench.console.live_resume import FAULTS, ResumeOptions, resume
from shared.kafka.producer import KafkaProducer
from shared.storage.mongo import Mongo
from tests.conftest import Infra


async def test_screen_equals_the_database_after_forty_interruptions(
    infra: Infra, mongo: Mongo, producer: KafkaProducer
) -> None:
    options = ResumeOptions(drops=40)
    found = await resume(options, kafka=infra.kafka, mongo=mongo, redis=infra.redis, producer=producer)
    assert not found.differences, "\n".join([*found.differences[:2], found.differences[-1]])
    assert found.faults.keys() == set(FAULTS)
    assert len(found.seconds) == 40
    assert found.resyncs.keys() <= {"start"}, "nothing but the first page was fetched"
    assert found.fetches <= 2 * 4
