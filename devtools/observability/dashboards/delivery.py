"""Sends by provider and outcome, rate limits, broadcasts, webhooks out."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import PER_SECOND, Dashboard, Query, Row, events, lines, quantile, rate, stat

DASHBOARD = Dashboard(
    "parley-delivery",
    "Parley: delivery",
    "docs/when-sending-fails.md explains each outcome and its consequence.",
    (
        Row(
            "Sends",
            (
                stat("Channels stopped", "sum(max by (provider) (parley_channels_stopped))", limit=1),
                stat("Held in an hour", "sum(" + events("parley_held_total", "1h") + ") or vector(0)"),
                lines(
                    "Provider calls",
                    rate("parley_sends_total", "provider, outcome"),
                    unit=PER_SECOND,
                    help="transient, throttle: retried. channel: it stops. permanent, window: the message fails.",
                ),
                lines(
                    "Time of one call",
                    quantile(0.5, "parley_send_seconds", "provider"),
                    quantile(0.95, "parley_send_seconds", "provider"),
                    unit="s",
                ),
                lines(
                    "First reply, 95 %",
                    quantile(0.95, "parley_reply_seconds", "author"),
                    unit="s",
                    limit=10,
                ),
                lines("Statuses", rate("parley_statuses_total", "provider, status"), unit=PER_SECOND),
                lines("Account events", rate("parley_account_events_total", "provider, what"), unit=PER_SECOND),
                lines(
                    "Failed messages",
                    Query(
                        "sum by (reason) (" + events('parley_dead_letters_total{service="delivery"}', "30m") + ") > 0",
                        "{{reason}}",
                    ),
                ),
            ),
        ),
        Row(
            "Channels and limits",
            (
                lines(
                    "Stopped, by the provider's code",
                    Query(
                        "sum by (provider, code) (" + events("parley_channel_stops_total", "1h") + ")",
                        "{{provider}} {{code}}",
                    ),
                ),
                lines(
                    "Pauses",
                    rate("parley_channel_pauses_total", "provider, reason"),
                    unit=PER_SECOND,
                    help="throttled: the provider limits the rate; unreachable: no connection.",
                ),
                lines(
                    "Waits for rate limits",
                    rate("parley_paced_total", "provider, reason, what"),
                    unit=PER_SECOND,
                    help="The limit of the number, or of one customer.",
                ),
                lines("Closed windows", rate("parley_window_closed_total", "provider, outcome"), unit=PER_SECOND),
                lines(
                    "In doubt", Query("sum by (outcome) (" + events("parley_in_doubt_total", "1h") + ")", "{{outcome}}")
                ),
                lines(
                    "Held and released", Query("sum by (what) (" + events("parley_held_total", "1h") + ")", "{{what}}")
                ),
                lines(
                    "Unreachable providers",
                    Query("max by (provider) (parley_provider_unreachable_channels)", "{{provider}} channels"),
                    limit=1,
                ),
            ),
        ),
        Row(
            "Broadcasts",
            (
                lines("Recipients", rate("parley_broadcast_recipients_total", "outcome"), unit=PER_SECOND, width=12),
                lines(
                    "Automatic pauses",
                    Query("sum by (reason) (" + events("parley_broadcast_pauses_total", "1h") + ")", "{{reason}}"),
                    width=12,
                ),
            ),
        ),
        Row(
            "Webhooks out",
            (
                lines("Calls", rate("parley_webhooks_out_total", "outcome"), unit=PER_SECOND, width=12),
                lines("Time of one call", quantile(0.95, "parley_webhooks_out_seconds"), unit="s", width=12),
            ),
        ),
        *consumer_rows(
            "delivery.*", "outbound.*|inbound.statuses|conversation.events|webhooks.replay|operations.commands"
        ),
    ),
)
