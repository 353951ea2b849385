"""The embedded cluster, configured to assign partitions to the first member of a group at once, not after 3 s."""

import sys
from ctypes import c_int32, c_void_p

from devtools.stack import embedded_kafka
from devtools.stack.embedded_kafka import EmbeddedKafka, MockCluster


class QuickKafka(EmbeddedKafka):
    """The process."""

    def command(self) -> list[str]:
        return [sys.executable, "-P", __file__]


class QuickCluster(MockCluster):
    def __init__(self) -> None:
        super().__init__()
        set_delay = self._function("rd_kafka_mock_group_initial_rebalance_delay_ms", None, c_void_p, c_int32)
        set_delay(self._cluster, 0)


if __name__ == "__main__":
    embedded_kafka.MockCluster = QuickCluster  # type: ignore[misc]  # the program itself stays as it is
    embedded_kafka.main()
