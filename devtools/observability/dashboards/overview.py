"""The first dashboard to open: service levels, and backlogs along the flow."""

from devtools.observability.panels import (
    PER_SECOND,
    RATE,
    Dashboard,
    Panel,
    Query,
    Row,
    events,
    lines,
    quantile,
    rate,
    stat,
)
from devtools.observability.slos import SLOS, Slo, ratio

# A panel of this width shows about 20 characters of its title.
_TITLES = {
    "webhooks_fast": "Webhooks in 1 s",
    "webhooks_taken": "Webhooks accepted",
    "messages_answered": "Messages answered",
    "replies_with_model": "Replies, models, 10 s",
    "replies_without_model": "Replies, others, 2 s",
    "sends_succeed": "Sends that succeed",
}


def _service_level(slo: Slo) -> Panel:
    return stat(
        _TITLES[slo.name],
        f"1 - {ratio(slo, '1h')}",
        unit="percentunit",
        limit=slo.objective / 100,
        worse_below=True,
        decimals=2,  # 99.86 % is red where 99.9 % is promised
        help=f"{slo.promise}, of the last hour. Its alert: {slo.alert}.",
    )


DASHBOARD = Dashboard(
    "parley-overview",
    "Parley: overview",
    "Open this first. A red service level names its alert, which has a runbook. Below: the flow and its backlogs.",
    (
        Row("Service levels, the last hour", tuple(map(_service_level, SLOS))),
        Row(
            "Burn rate of the error budgets",
            (
                lines(
                    "Burn rate over an hour",
                    *(Query(f"{ratio(slo, '1h')} / {slo.budget:g}", slo.name) for slo in SLOS),
                    limit=14.4,
                    width=12,
                    help="1: the budget lasts exactly a month. Above 14.4: page.",
                ),
                lines(
                    "Burn rate over six hours",
                    *(Query(f"{ratio(slo, '6h')} / {slo.budget:g}", slo.name) for slo in SLOS),
                    limit=6,
                    width=12,
                ),
            ),
        ),
        Row(
            "The flow, from left to right",
            (
                lines("Items in webhooks", rate("parley_webhook_items_total", "kind"), unit=PER_SECOND, width=6),
                lines("Decisions", rate("parley_decisions_total", "decision"), unit=PER_SECOND, width=6, stacked=True),
                lines("Models' answers", rate("parley_answers_total", "outcome"), unit=PER_SECOND, width=6),
                lines("Provider calls", rate("parley_sends_total", "provider, outcome"), unit=PER_SECOND, width=6),
                lines(
                    "Records produced, by topic",
                    rate("parley_topic_records_total", "topic"),
                    unit=PER_SECOND,
                    width=12,
                    help="Counted at the broker. Compare with finished records.",
                ),
                lines("Records finished, by topic", rate("parley_records_total", "topic"), unit=PER_SECOND, width=12),
            ),
        ),
        Row(
            "Backlogs and trouble",
            (
                lines(
                    "Lag in seconds",
                    Query("max by (topic) (parley_group_lag_seconds)", "{{topic}}"),
                    unit="s",
                    limit=60,
                    help="Age of the oldest uncommitted record. Above the line: page.",
                ),
                lines(
                    "First reply",
                    quantile(0.5, "parley_reply_seconds", "author"),
                    quantile(0.95, "parley_reply_seconds", "author"),
                    unit="s",
                    limit=10,
                ),
                lines(
                    "Dead letters in half an hour",
                    Query(
                        "sum by (service, reason) (" + events("parley_dead_letters_total", "30m") + ") > 0",
                        "{{service}} {{reason}}",
                    ),
                    limit=10,
                ),
                lines("Waiting for a dependency", rate("parley_dependency_waits_total", "dependency"), unit=PER_SECOND),
                lines(
                    "Scraped replicas",
                    Query('sum by (service) (up{job="parley"})', "{{service}}"),
                    Query('sum by (service) (1 - parley_ready{job="parley"})', "{{service}}, not ready"),
                ),
                lines(
                    "Trouble that needs action",
                    Query("max by (provider) (parley_channels_stopped)", "{{provider}} channels stopped"),
                    Query("max by (provider) (parley_channels_unreadable)", "{{provider}} channels unreadable"),
                    Query("max by (provider) (parley_provider_unreachable_channels)", "{{provider}} cannot be reached"),
                    Query("sum by (consumer) (parley_partitions_stopped)", "{{consumer}} partitions stopped"),
                    Query("max by (model) (parley_model_breaker_state)", "{{model}} breaker (2: open)"),
                    Query(
                        "sum by (provider) (" + events("parley_secrets_unreadable_total", "15m") + ") or vector(0)",
                        "{{provider}} secrets unreadable",
                    ),
                    limit=1,
                ),
            ),
        ),
        Row(
            "The stores' room, and the last backup",
            (
                lines(
                    "Free on the stores' disks",
                    Query(
                        "min by (store, place) (parley_disk_free_bytes / parley_disk_total_bytes)",
                        "{{store}} {{place}}",
                    ),
                    unit="percentunit",
                    limit=0.1,
                    worse_below=True,
                    width=8,
                    help="Below the line: page, DiskFilling. As the primary and the brokers say.",
                ),
                lines(
                    "Reusable in MongoDB's files",
                    Query("max by (place) (parley_mongodb_reusable_bytes)", "{{place}}"),
                    unit="bytes",
                    width=8,
                    help="Left by removed documents; no file becomes smaller by it.",
                ),
                lines(
                    "Redis' memory in use",
                    Query(
                        "max by (policy) (parley_redis_memory_bytes / parley_redis_memory_limit_bytes)", "{{policy}}"
                    ),
                    unit="percentunit",
                    limit=0.8,
                    width=8,
                    help="Of maxmemory. Its alert: RedisMemoryLow. The policy has to be noeviction.",
                ),
                lines(
                    "Age of the last backup",
                    Query("time() - max(parley_backup_timestamp_seconds > 0)", "age"),
                    Query("max(parley_backup_max_age_seconds > 0)", "missed from"),
                    unit="s",
                    width=12,
                    help="By the note that `parley backup` leaves. Its alert: BackupMissed.",
                ),
                lines("Size of the last backup", Query("max(parley_backup_bytes)", "file"), unit="bytes", width=12),
            ),
        ),
        Row(
            "Processes",
            (
                lines(
                    "Memory",
                    Query('sum by (service) (process_resident_memory_bytes{job="parley"})', "{{service}}"),
                    unit="bytes",
                    width=8,
                ),
                lines(
                    "CPU: cores in use",
                    Query(f'sum by (service) (rate(process_cpu_seconds_total{{job="parley"}}[{RATE}]))', "{{service}}"),
                    width=8,
                ),
                lines(
                    "Event loop delay",
                    quantile(0.99, "parley_loop_delay_seconds", "service"),
                    unit="s",
                    width=8,
                    limit=1,
                    help="Delay of all work of a process. Above the line the log names the blocking function.",
                ),
            ),
        ),
    ),
)
