"""From messages a day to replicas, partitions and gigabytes. Plain arithmetic, each step named. Pure."""

import math
from dataclasses import dataclass

from devtools.capacity.costs import SERVICES, Costs

_DAY = 86_400
_GB = 1024**3
_LEAST = 2  # replicas: one may die or be replaced
_USED = 0.6  # of a core: what is left is for retries, rebalances and the loss of a replica
_PARTITIONS_EACH = 2  # of a topic for a replica, so that replicas can be added and the load still be even
LANES = 400  # answers under way in a replica of ai (the setting LANES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLoad:
    """messages: customers', a day. busiest_hour: its share of the day. burst: how many times that hour's mean the
    busiest minute has. model_seconds: of an answer by a model. mongodb_days: until `parley archive` moves messages.
    """

    messages: int
    faq_share: float = 0.5
    busiest_hour: float = 0.1
    burst: float = 3.0
    model_seconds: float = 3.0
    mongodb_days: int = 365
    kafka_days: int = 7
    kafka_copies: int = 3

    @property
    def mean(self) -> float:
        """Messages per second over the day."""
        return self.messages / _DAY

    @property
    def peak(self) -> float:
        """Messages per second in the busiest minute."""
        return self.messages * self.busiest_hour / 3600 * self.burst


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSizing:
    """Of a service. cores: busy at the peak, in all replicas together. memory: MB of one."""

    replicas: int
    cores: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPlan:
    """in_flight: answers of models under way at the peak. Disks in GB; kafka_disk: of all brokers together;
    hot_indexes: GB of memory that MongoDB should have for the indexes of a week.
    """

    load: DailyLoad
    services: dict[str, ServiceSizing]
    partitions: int
    in_flight: float
    mongodb_cores: float
    mongodb_disk: float
    hot_indexes: float
    kafka_cores: float
    kafka_disk: float


def plan(load: DailyLoad, costs: Costs, partitions: int = 12) -> CapacityPlan:
    """partitions: that the topics have now; never fewer."""
    in_flight = load.peak * (1 - load.faq_share) * load.model_seconds
    services = {name: _part(name, load, costs, in_flight) for name in SERVICES}
    most = max(part.replicas for name, part in services.items() if name != "ingress")
    wanted = max(partitions, math.ceil(most * _PARTITIONS_EACH / 12) * 12)
    return CapacityPlan(
        load=load,
        services=services,
        partitions=wanted,
        in_flight=in_flight,
        mongodb_cores=load.peak * costs.cpu("mongodb", load.faq_share),
        mongodb_disk=load.messages * load.mongodb_days * (costs.documents + costs.indexes) / _GB,
        hot_indexes=load.messages * 7 * costs.indexes / _GB,
        kafka_cores=load.peak * costs.cpu("kafka", load.faq_share) * load.kafka_copies,
        kafka_disk=load.messages * load.kafka_days * costs.records * load.kafka_copies / _GB,
    )


def _part(name: str, load: DailyLoad, costs: Costs, in_flight: float) -> ServiceSizing:
    cores = load.peak * costs.cpu(name, load.faq_share)
    replicas = max(_LEAST, math.ceil(cores / _USED))
    if name == "ai":
        replicas = max(replicas, math.ceil(in_flight / (LANES * _USED)))
    return ServiceSizing(replicas=replicas, cores=cores, memory=costs.memory[name])
