"""Lag, commits, groups and topics, measured at the broker and by the consumers."""

from devtools.observability.panels import PER_SECOND, Dashboard, Query, Row, events, lines, rate, stat, table

_KEY = "{{topic}} by {{group}}"  # the group last: where there is no room it is cut off

DASHBOARD = Dashboard(
    "parley-kafka",
    "Parley: Kafka",
    "The lag exporter measures the first row outside the consumers, so dead consumers appear too.",
    (
        Row(
            "Consumer groups, measured at the broker",
            (
                stat("Kafka answers", 'max(parley_kafka_up{service="lag"})', limit=1, worse_below=True),
                stat("Time of one measurement", "max(parley_kafka_look_seconds)", unit="s", limit=5),
                lines(
                    "Lag in seconds",
                    Query("max by (group, topic) (parley_group_lag_seconds)", _KEY),
                    unit="s",
                    limit=60,
                ),
                lines("Lag in records", Query("max by (group, topic) (parley_group_lag_records)", _KEY)),
                lines(
                    "Seconds without a commit, while records wait",
                    Query("max by (group, topic) (parley_group_stalled_seconds)", _KEY),
                    unit="s",
                    limit=180,
                    help="docs/runbooks/ConsumerStuck.md. A model may take half a minute; outbound.retry waits 300 s.",
                ),
                lines("Members", Query("max by (group) (parley_group_members)", "{{group}}")),
                table("Now", "max by (group, topic) (parley_group_lag_records)"),
            ),
        ),
        Row(
            "Topics",
            (
                lines("Produced", rate("parley_topic_records_total", "topic"), unit=PER_SECOND, width=12),
                lines(
                    "Finished",
                    rate("parley_records_total", "topic, outcome"),
                    Query(
                        "sum by (topic) (rate(parley_records_passed_over_total[$__rate_interval]))", "{{topic}} before"
                    ),
                    unit=PER_SECOND,
                    width=12,
                    help="Before: a former owner of the partition had finished them.",
                ),
                lines(
                    "Dead letters",
                    Query(
                        "sum by (service, reason) (" + events("parley_dead_letters_total", "30m") + ") > 0",
                        "{{service}} {{reason}}",
                    ),
                    width=12,
                    help="parley dlq list; docs/runbooks/DeadLettersGrowing.md",
                ),
                lines(
                    "Produced to dead.letters, measured at the broker",
                    Query("sum(" + events('parley_topic_records_total{topic="dead.letters"}', "30m") + ")", "records"),
                    width=12,
                ),
            ),
        ),
        Row(
            "Consumers, measured by themselves",
            (
                lines(
                    "Commits",
                    rate("parley_commits_total", "consumer, outcome"),
                    unit=PER_SECOND,
                    help="refused: the group was rebalanced meanwhile.",
                ),
                lines(
                    "Age of the oldest record in memory",
                    Query("max by (consumer, topic) (parley_consumer_lag_seconds)", "{{topic}} by {{consumer}}"),
                    unit="s",
                ),
                lines(
                    "Unfetched records",
                    Query("sum by (consumer, topic) (parley_consumer_lag_records)", "{{topic}} by {{consumer}}"),
                ),
                lines("Records in memory", Query("sum by (consumer) (parley_window_slots)", "{{consumer}}")),
                lines("Partitions", Query("sum by (consumer) (parley_partitions_assigned)", "{{consumer}}")),
                lines(
                    "Partitions whose window is full",
                    Query("sum by (consumer) (parley_partitions_full)", "{{consumer}}"),
                    help="No fetches until the oldest record is finished.",
                ),
                lines("Abandoned at a rebalance", rate("parley_abandoned_total", "consumer"), unit=PER_SECOND),
                lines("Redelivered records", rate("parley_redelivered_total", "service"), unit=PER_SECOND),
                lines(
                    "Clocks: seconds ahead of a dependency's",
                    Query("max by (service, dependency) (parley_clock_skew_seconds)", "{{service}} {{dependency}}"),
                    unit="s",
                ),
                lines(
                    "Records rejected for their timestamp",
                    rate("parley_clock_refused_total", "service"),
                    unit=PER_SECOND,
                ),
                lines("Waits for dependencies", rate("parley_dependency_waits_total", "dependency"), unit=PER_SECOND),
                lines("Skipped: erased customers", rate("parley_erased_left_out_total", "service"), unit=PER_SECOND),
                lines(
                    "Failed Redis calls",
                    Query("sum(rate(parley_redis_failures_total[$__rate_interval]))", "failed"),
                    unit=PER_SECOND,
                ),
            ),
        ),
    ),
)
