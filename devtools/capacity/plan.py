"""Compute replicas, partitions and gigabytes from messages per day. Pure."""

import math
from dataclasses import dataclass

from devtools.capacity.costs import SERVICES, Costs

_DAY = 86_400
_GB = 1024**3
_MIN_REPLICAS = 2  # one may fail or be replaced
_UTILISATION = 0.6  # of a core; the rest is for retries, rebalances and the loss of a replica
_PARTITIONS_PER_REPLICA = 2  # so that replicas can be added and the load stays even
LANES = 400  # concurrent answers per replica of ai (the setting LANES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLoad:
    """The load of a day that a plan is made for. messages: customers' messages per day. busiest_hour: its share of the
    day. burst: load of the busiest minute as a multiple of that hour's mean. model_seconds: duration of a model's
    answer. mongodb_days: days until `parley archive` moves messages.
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
    """Sizing of a service. cores: busy cores of all replicas at the peak. memory: MB per replica."""

    replicas: int
    cores: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPlan:
    """The replicas, disks and costs that a load needs. in_flight: concurrent model answers at the peak. mongodb_disk:
    GB per member. kafka_disk: GB of all brokers. hot_indexes: GB of memory for MongoDB's indexes of one week.
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


def plan_capacity(load: DailyLoad, costs: Costs, partitions: int = 12) -> CapacityPlan:
    """Return the plan for a load. partitions: current number per topic, which is the minimum."""
    in_flight = load.peak * (1 - load.faq_share) * load.model_seconds
    services = {name: _part(name, load, costs, in_flight) for name in SERVICES}
    most = max(part.replicas for name, part in services.items() if name != "ingress")
    wanted = max(partitions, math.ceil(most * _PARTITIONS_PER_REPLICA / 12) * 12)
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
    replicas = max(_MIN_REPLICAS, math.ceil(cores / _UTILISATION))
    if name == "ai":
        replicas = max(replicas, math.ceil(in_flight / (LANES * _UTILISATION)))
    return ServiceSizing(replicas=replicas, cores=cores, memory=costs.memory[name])
