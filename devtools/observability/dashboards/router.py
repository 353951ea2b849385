"""What the router decides, and whether it keeps up."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import Dashboard, Row, lines, quantile, rate

DASHBOARD = Dashboard(
    "parley-router",
    "Parley: router",
    "Every message of a customer gets one decision here.",
    (
        Row(
            "Decisions",
            (
                lines(
                    "What was decided",
                    rate("parley_decisions_total", "decision"),
                    unit="reqps",
                    stacked=True,
                    width=12,
                    help="faq, flow, shop: answered here. ai: a model is asked. human: a person has the conversation.",
                ),
                lines(
                    "From the broker to the handler",
                    quantile(
                        0.5, "parley_record_age_seconds", "topic", 'topic=~"inbound.messages|conversation.commands"'
                    ),
                    quantile(
                        0.95, "parley_record_age_seconds", "topic", 'topic=~"inbound.messages|conversation.commands"'
                    ),
                    unit="s",
                ),
                lines(
                    "Processed before",
                    rate("parley_redelivered_total", "service", 'service="router"'),
                    unit="reqps",
                    width=4,
                ),
            ),
        ),
        *consumer_rows("router", "inbound.messages|conversation.commands"),
    ),
)
