"""The first one to open: are the service levels kept, and where in the flow does it stand?"""

from devtools.observability.panels import RATE, Dashboard, Panel, Query, Row, lines, quantile, rate, stat
from devtools.observability.slos import SLOS, Slo, ratio


def _kept(slo: Slo) -> Panel:
    return stat(
        slo.promise,
        f"1 - {ratio(slo, '1h')}",
        unit="percentunit",
        limit=slo.objective / 100,
        worse_below=True,
        help=f"The last hour. Its alert: {slo.alert}.",
    )


DASHBOARD = Dashboard(
    "parley-overview",
    "Parley: overview",
    "Open this first. Red on top: the alert of that name has a runbook. Below: where it stands.",
    (
        Row("Service levels, the last hour", tuple(map(_kept, SLOS))),
        Row(
            "How fast the error budget burns",
            (
                lines(
                    "Burn rate over an hour",
                    *(Query(f"{ratio(slo, '1h')} / {slo.budget:g}", slo.name) for slo in SLOS),
                    limit=14.4,
                    width=12,
                    help="1: the budget lasts the month exactly. 14.4 pages.",
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
                lines("Items in webhooks", rate("parley_webhook_items_total", "kind"), unit="reqps", width=6),
                lines("Decisions", rate("parley_decisions_total", "decision"), unit="reqps", width=6, stacked=True),
                lines("Answers of models", rate("parley_answers_total", "outcome"), unit="reqps", width=6),
                lines("Calls of providers", rate("parley_sends_total", "provider, outcome"), unit="reqps", width=6),
                lines(
                    "Records written, by topic",
                    rate("parley_topic_records_total", "topic"),
                    unit="reqps",
                    width=12,
                    help="Counted by the broker, whoever wrote them. Compare with what is finished.",
                ),
                lines("Records finished, by topic", rate("parley_records_total", "topic"), unit="reqps", width=12),
            ),
        ),
        Row(
            "Where it stands",
            (
                lines(
                    "Lag in seconds",
                    Query("max by (topic) (parley_group_lag_seconds)", "{{topic}}"),
                    unit="s",
                    limit=60,
                    help="How long the oldest record that is not committed has waited. Above the line: a page.",
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
                        "sum by (service, reason) (increase(parley_dead_letters_total[30m]))", "{{service}} {{reason}}"
                    ),
                    limit=10,
                ),
                lines("Waiting for a dependency", rate("parley_dependency_waits_total", "dependency"), unit="reqps"),
                lines("Replicas that answer", Query('sum by (service) (up{job="parley"})', "{{service}}")),
                lines(
                    "Trouble that needs a person",
                    Query("max by (provider) (parley_channels_stopped)", "{{provider}} channels stopped"),
                    Query("sum by (consumer) (parley_partitions_stopped)", "{{consumer}} partitions stopped"),
                    Query("max by (model) (parley_model_breaker_state)", "{{model}} breaker (2: open)"),
                    limit=1,
                ),
            ),
        ),
        Row(
            "The processes",
            (
                lines(
                    "Memory",
                    Query('sum by (service) (process_resident_memory_bytes{job="parley"})', "{{service}}"),
                    unit="bytes",
                    width=8,
                ),
                lines(
                    "Processors",
                    Query(f'sum by (service) (rate(process_cpu_seconds_total{{job="parley"}}[{RATE}]))', "{{service}}"),
                    width=8,
                ),
                lines(
                    "Event loop late by",
                    quantile(0.99, "parley_loop_delay_seconds", "service"),
                    unit="s",
                    width=8,
                    limit=1,
                    help="What all of a process's work waits for. Above the line the log names what holds it.",
                ),
            ),
        ),
    ),
)
