"""What goes out: sends by provider, what they say, limits, broadcasts, webhooks out."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import Dashboard, Query, Row, lines, quantile, rate, stat

DASHBOARD = Dashboard(
    "parley-delivery",
    "Parley: delivery",
    "docs/when-sending-fails.md says what each outcome means and what becomes of the message.",
    (
        Row(
            "Sends",
            (
                stat("Channels stopped", "sum(max by (provider) (parley_channels_stopped))", limit=1),
                stat("Held in an hour", "sum(increase(parley_held_total[1h])) or vector(0)"),
                lines(
                    "Calls of providers",
                    rate("parley_sends_total", "provider, outcome"),
                    unit="reqps",
                    help="transient, throttle: tried again. channel: stopped. permanent, window: it will not go.",
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
                lines("Statuses", rate("parley_statuses_total", "provider, status"), unit="reqps"),
                lines("News of accounts", rate("parley_account_events_total", "provider, what"), unit="reqps"),
                lines(
                    "Messages that failed for good",
                    Query(
                        'sum by (reason) (increase(parley_dead_letters_total{service="delivery"}[30m]))', "{{reason}}"
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
                        "sum by (provider, code) (increase(parley_channel_stops_total[1h]))", "{{provider}} {{code}}"
                    ),
                ),
                lines(
                    "Pauses",
                    rate("parley_channel_pauses_total", "provider, reason"),
                    unit="reqps",
                    help="throttled: it wants less of a channel; unreachable.",
                ),
                lines(
                    "Put off for a limit",
                    rate("parley_paced_total", "provider, reason, what"),
                    unit="reqps",
                    help="The number's own pace, or one customer's.",
                ),
                lines("Closed windows", rate("parley_window_closed_total", "provider, outcome"), unit="reqps"),
                lines("In doubt", Query("sum by (outcome) (increase(parley_in_doubt_total[1h]))", "{{outcome}}")),
                lines("Held and released", Query("sum by (what) (increase(parley_held_total[1h]))", "{{what}}")),
                lines(
                    "Providers that could not be reached",
                    Query("sum by (provider) (increase(parley_provider_trouble_total[1h]))", "{{provider}}"),
                ),
            ),
        ),
        Row(
            "Broadcasts",
            (
                lines("Recipients", rate("parley_broadcast_recipients_total", "outcome"), unit="reqps", width=12),
                lines(
                    "Stopped by themselves",
                    Query("sum by (reason) (increase(parley_broadcast_pauses_total[1h]))", "{{reason}}"),
                    width=12,
                ),
            ),
        ),
        Row(
            "Webhooks out",
            (
                lines("Calls", rate("parley_webhooks_out_total", "outcome"), unit="reqps", width=12),
                lines("Time of one call", quantile(0.95, "parley_webhooks_out_seconds"), unit="s", width=12),
            ),
        ),
        *consumer_rows("delivery.*", "outbound.*|inbound.statuses|conversation.events|webhooks.replay"),
    ),
)
