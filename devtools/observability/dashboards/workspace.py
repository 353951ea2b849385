"""One workspace, from the few counters labelled by workspace; `parley trace` and MongoDB have the rest."""

from devtools.observability.panels import PER_SECOND, RATE, Dashboard, Query, Row, Variable, events, lines, stat

_ONE = 'workspace="$workspace"'


def _records(topic: str, by: str = "outcome") -> Query:
    return Query(
        f'sum by ({by}) (rate(parley_workspace_records_total{{{_ONE},topic=~"{topic}"}}[{RATE}]))', f"{{{{{by}}}}}"
    )


def _day(topic: str, outcome: str) -> str:
    chosen = f'{_ONE},topic=~"{topic}",outcome="{outcome}"'
    return "sum(" + events(f"parley_workspace_records_total{{{chosen}}}", "24h") + ") or vector(0)"


DASHBOARD = Dashboard(
    "parley-workspace",
    "Parley: one workspace",
    "The first 200 workspaces of a process are counted by name, all others as `other`.",
    (
        Row(
            "A day",
            (
                stat("Messages", _day("inbound.messages", "done")),
                stat("Requests to models", _day("ai.requests", "done")),
                stat("Messages to providers", _day("outbound.messages|outbound.bulk", "done")),
                stat("Dead letters", _day(".+", "dead_letter"), limit=1),
                stat(
                    "Dollars",
                    "sum(" + events(f"parley_workspace_cost_dollars_total{{{_ONE}}}", "24h") + ") or vector(0)",
                    unit="currencyUSD",
                ),
                stat(
                    "Budget spent",
                    "sum(" + events(f"parley_budgets_spent_total{{{_ONE}}}", "24h") + ") or vector(0)",
                    limit=1,
                ),
            ),
        ),
        Row(
            "Over time",
            (
                lines("Messages", _records("inbound.messages"), unit=PER_SECOND),
                lines("By topic", _records(".+", "topic"), unit=PER_SECOND),
                lines(
                    "Dollars an hour",
                    Query(f"sum(rate(parley_workspace_cost_dollars_total{{{_ONE}}}[{RATE}])) * 3600", "dollars"),
                    unit="currencyUSD",
                ),
                lines(
                    "Its share of all messages",
                    Query(
                        f'sum(rate(parley_workspace_records_total{{{_ONE},topic="inbound.messages"}}[{RATE}]))'
                        f' / sum(rate(parley_workspace_records_total{{topic="inbound.messages"}}[{RATE}]))',
                        "share",
                    ),
                    unit="percentunit",
                ),
            ),
        ),
    ),
    (Variable("workspace", "label_values(parley_workspace_records_total, workspace)"),),
)
