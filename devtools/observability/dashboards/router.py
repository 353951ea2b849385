"""The router's decisions and its lag."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import PER_SECOND, Dashboard, Row, lines, quantile, rate

DASHBOARD = Dashboard(
    "parley-router",
    "Parley: router",
    "One decision for every customer message.",
    (
        Row(
            "Decisions",
            (
                lines(
                    "Decisions by kind",
                    rate("parley_decisions_total", "decision"),
                    unit=PER_SECOND,
                    stacked=True,
                    width=12,
                    help="faq, flow, shop: answered here. ai: a model is asked. human: an agent has the conversation.",
                ),
                lines(
                    "Age of a record at its handler",
                    quantile(
                        0.5, "parley_record_age_seconds", "topic", 'topic=~"inbound.messages|conversation.commands"'
                    ),
                    quantile(
                        0.95, "parley_record_age_seconds", "topic", 'topic=~"inbound.messages|conversation.commands"'
                    ),
                    unit="s",
                ),
                lines(
                    "Redelivered messages",
                    rate("parley_redelivered_total", "service", 'service="router"'),
                    unit=PER_SECOND,
                    width=4,
                ),
            ),
        ),
        *consumer_rows("router", "inbound.messages|conversation.commands"),
    ),
)
