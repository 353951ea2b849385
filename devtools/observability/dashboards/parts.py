"""Rows shared by several dashboards."""

from devtools.observability.panels import Query, Row, lines, quantile, rate


def consumer_rows(consumers: str, topics: str) -> tuple[Row, ...]:
    """How consumers keep up. Both: regular expressions."""
    who, what = f'consumer=~"{consumers}"', f'topic=~"{topics}"'
    return (
        Row(
            "Throughput and lag",
            (
                lines(
                    "Lag in seconds, measured at the broker",
                    Query(f"max by (topic) (parley_group_lag_seconds{{{what}}})", "{{topic}}"),
                    unit="s",
                ),
                lines(
                    "Lag in records, measured at the broker",
                    Query(f"sum by (topic) (parley_group_lag_records{{{what}}})", "{{topic}}"),
                ),
                lines("Finished", rate("parley_records_total", "topic, outcome", what), unit="reqps"),
                lines(
                    "Time in a handler",
                    quantile(0.5, "parley_record_seconds", "topic", what),
                    quantile(0.99, "parley_record_seconds", "topic", what),
                    unit="s",
                ),
                lines(
                    "Time in a handler without external waits",
                    quantile(0.5, "parley_record_work_seconds", "topic", what),
                    quantile(0.99, "parley_record_work_seconds", "topic", what),
                    unit="s",
                    help="Without waits for providers, models and timers. If slow: a store, or the CPU.",
                ),
                lines(
                    "Lanes",
                    Query(f"sum by (consumer) (parley_lanes_running{{{who}}})", "{{consumer}} running"),
                    Query(f"sum by (consumer) (parley_lanes_waiting{{{who}}})", "{{consumer}} waiting for a place"),
                    Query(f"sum by (consumer) (parley_lanes_parked{{{who}}})", "{{consumer}} not yet"),
                    help="A lane is a conversation. Waiting: for capacity; not yet: for its time.",
                ),
                lines(
                    "Saturation",
                    Query(
                        f"max by (consumer) (parley_lanes_running{{{who}}} / parley_lanes_limit{{{who}}})",
                        "{{consumer}}",
                    ),
                    unit="percentunit",
                    limit=0.9,
                ),
                lines(
                    "Oldest handler",
                    Query(f"max by (consumer) (parley_oldest_record_seconds{{{who}}})", "{{consumer}}"),
                    unit="s",
                    limit=120,
                ),
                lines("Retries in place", rate("parley_retries_total", "topic", what), unit="reqps"),
                lines(
                    "Partitions stopped",
                    Query(f"sum by (consumer) (parley_partitions_stopped{{{who}}})", "{{consumer}}"),
                    limit=1,
                ),
            ),
        ),
    )
