"""Rows shared by several dashboards."""

from devtools.observability.panels import PER_SECOND, Query, Row, lines, quantile, rate


def consumer_rows(consumers: str, topics: str) -> tuple[Row, ...]:
    """Return rows on the throughput and lag of consumers. Arguments: regular expressions."""
    consumer, topic = f'consumer=~"{consumers}"', f'topic=~"{topics}"'
    return (
        Row(
            "Throughput and lag",
            (
                lines(
                    "Lag in seconds, measured at the broker",
                    Query(f"max by (topic) (parley_group_lag_seconds{{{topic}}})", "{{topic}}"),
                    unit="s",
                ),
                lines(
                    "Lag in records, measured at the broker",
                    Query(f"sum by (topic) (parley_group_lag_records{{{topic}}})", "{{topic}}"),
                ),
                lines("Finished", rate("parley_records_total", "topic, outcome", topic), unit=PER_SECOND),
                lines(
                    "Time in a handler",
                    quantile(0.5, "parley_record_seconds", "topic", topic),
                    quantile(0.99, "parley_record_seconds", "topic", topic),
                    unit="s",
                ),
                lines(
                    "Time in a handler without external waits",
                    quantile(0.5, "parley_record_work_seconds", "topic", topic),
                    quantile(0.99, "parley_record_work_seconds", "topic", topic),
                    unit="s",
                    help="Without waits for providers, models and timers. If slow: a store, or the CPU.",
                ),
                lines(
                    "Lanes",
                    Query(f"sum by (consumer) (parley_lanes_running{{{consumer}}})", "{{consumer}} running"),
                    Query(
                        f"sum by (consumer) (parley_lanes_waiting{{{consumer}}})", "{{consumer}} waiting for capacity"
                    ),
                    Query(f"sum by (consumer) (parley_lanes_parked{{{consumer}}})", "{{consumer}} parked"),
                    help="A lane is a conversation. Parked: until a due time, such as a retry.",
                ),
                lines(
                    "Saturation",
                    Query(
                        f"max by (consumer) (parley_lanes_running{{{consumer}}} / parley_lanes_limit{{{consumer}}})",
                        "{{consumer}}",
                    ),
                    unit="percentunit",
                    limit=0.9,
                ),
                lines(
                    "Oldest handler",
                    Query(f"max by (consumer) (parley_oldest_record_seconds{{{consumer}}})", "{{consumer}}"),
                    unit="s",
                    limit=120,
                ),
                lines("Retries in place", rate("parley_retries_total", "topic", topic), unit=PER_SECOND),
                lines(
                    "Partitions stopped",
                    Query(f"sum by (consumer) (parley_partitions_stopped{{{consumer}}})", "{{consumer}}"),
                    limit=1,
                ),
            ),
        ),
    )
