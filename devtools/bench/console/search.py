"""Searches among very many customers."""

import random

from devtools.bench.console.readers import Request
from devtools.bench.console.seeding import WORKSPACE, SeedPlan, phone_of
from shared.operations.inbox.rows import InboxReader
from shared.operations.inbox.search import InboxSearch
from shared.storage.mongo import Mongo

_REGION = "NG"
_READER = InboxReader(user="", numbers=True)


def search_requests(mongo: Mongo, plan: SeedPlan) -> dict[str, Request]:
    """Return searches by the kind of what was typed; each call types something else."""
    search = InboxSearch(mongo, WORKSPACE, _REGION)
    rng = random.Random(plan.seed)

    def letters(count: int) -> str:
        return "".join(rng.choice("aeioubdgklmnrst") for _ in range(count))

    def phone() -> str:
        return phone_of(rng.randrange(plan.conversations))

    return {
        "three letters of a rare name": lambda: search.find(letters(3), _READER),
        "three letters of a frequent name": lambda: search.find(rng.choice(("Ada", "Oka", "bal")), _READER),
        "a first name and a last one": lambda: search.find("grace nwosu", _READER),
        "a number in E.164": lambda: search.find(phone(), _READER),
        "a national number": lambda: search.find(f"0{phone()[4:]}", _READER),
        "a tag": lambda: search.find("#vip", _READER),
    }
