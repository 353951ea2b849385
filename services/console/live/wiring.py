"""Makes the live events of a process from its settings."""

import secrets

from services.console.auth.sessions import SessionService
from services.console.live.hub import LiveHub
from services.console.live.mongo_reads import MongoReads
from services.console.live.presence import Presence
from services.console.live.rights_check import RightsCheck
from shared.kafka.brokers import brokers_of
from shared.service.process import Process
from shared.storage.mongo import Mongo
from shared.storage.redis_pubsub import RedisChannels


def make_hub(process: Process, mongo: Mongo, sessions: SessionService) -> LiveHub:
    """Return the hub; `hub.run` is a part of the process. sessions: say which ones are valid."""
    settings = process.settings
    channels = RedisChannels(settings.redis_url.get_secret_value(), client="parley-console-presence")
    process.closing(channels.close)
    return LiveHub(
        brokers_of(settings),
        MongoReads(mongo),
        process.clock,
        recheck=RightsCheck(mongo, process.clock, sessions.is_valid),
        # The name tells replicas apart on Redis; two with the same would not hear each other.
        presence=Presence(f"{process.instance}-{secrets.token_hex(4)}", channels, process.clock.monotonic),
        replica=process.instance,
        most_sockets=settings.console_max_connections,
    )
