"""The repositories' tests run over motor; those of `BOTH` run over PyMongo's own asynchronous driver too.

The drivers differ only below `shared/storage/mongo.py` and `shared/storage/collection.py`; together these files call
all of their methods.
"""

import pytest

from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo
from tests.repositories.builders import inbound, later
from tests.repositories.customer_builders import ME

BOTH = (
    *("test_isolation", "test_dump", "test_directory", "test_unreachable_stores", "test_batched_collection"),
    *("test_outbound", "test_messages"),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mongo_driver" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        metafunc.parametrize("mongo_driver", ["motor", "pymongo"])


@pytest.fixture
async def customers(mongo: Mongo) -> Customers:
    """The customers of acme: one, who wrote once."""
    customers = Customers(mongo, "acme")
    assert await customers.record_contact(ME, inbound(1), later(1))
    return customers
