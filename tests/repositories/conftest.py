"""The repositories' tests run over motor; those of `BOTH` run over PyMongo's own asynchronous driver too.

The drivers differ only below `shared/storage/mongo.py`; together these files call all of its methods.
"""

import pytest

BOTH = (
    *("test_isolation", "test_dump", "test_directory", "test_unreachable_stores", "test_batched_collection"),
    *("test_outbound", "test_messages"),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mongo_driver" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        metafunc.parametrize("mongo_driver", ["motor", "pymongo"])
