"""Webhooks: arrivals, answers, latency."""

from devtools.observability.panels import PER_SECOND, RATE, Dashboard, Query, Row, events, lines, quantile, rate, stat

_COUNT = f'sum(rate(parley_webhook_seconds_count{{provider!="other"}}[{RATE}]))'


def _within(le: str) -> str:
    return f'sum(rate(parley_webhook_seconds_bucket{{provider!="other",le="{le}"}}[{RATE}])) / {_COUNT}'


DASHBOARD = Dashboard(
    "parley-ingress",
    "Parley: ingress",
    "Providers' webhooks; acknowledged only when Kafka has their records.",
    (
        Row(
            "Acknowledged",
            (
                stat("Within 1 s", _within("1.0"), unit="percentunit", limit=0.99, worse_below=True),
                stat("Within 250 ms", _within("0.25"), unit="percentunit", limit=0.5, worse_below=True),
                lines(
                    "Time to the answer",
                    quantile(0.5, "parley_webhook_seconds", "provider"),
                    quantile(0.99, "parley_webhook_seconds", "provider"),
                    unit="s",
                    limit=1,
                    help="Most of it is Kafka's acknowledgement by all replicas.",
                ),
                lines(
                    "Answers by status",
                    rate("parley_webhooks_total", "provider, status"),
                    unit=PER_SECOND,
                    stacked=True,
                ),
            ),
        ),
        Row(
            "Items and look-ups",
            (
                lines("Items", rate("parley_webhook_items_total", "kind"), unit=PER_SECOND),
                lines(
                    "Channel look-ups by tier",
                    rate("parley_channel_lookups_total", "tier"),
                    unit=PER_SECOND,
                    help="Many `mongodb`: Redis is unavailable. `stale`: both stores are, and cached values are used.",
                ),
                lines(
                    "Dead letters of ingress",
                    Query(
                        "sum by (reason) (" + events('parley_dead_letters_total{service="ingress"}', "30m") + ") > 0",
                        "{{reason}}",
                    ),
                    help="unknown_recipient: no workspace has the number.",
                ),
            ),
        ),
        Row(
            "Connections and limits",
            (
                lines("Open connections", Query('sum(parley_connections{service="ingress"})', "open")),
                lines("Connections we closed", rate("parley_connections_closed_total", "reason"), unit=PER_SECOND),
                lines("Over a limit", rate("parley_limited_total", "what"), unit=PER_SECOND),
            ),
        ),
    ),
)
