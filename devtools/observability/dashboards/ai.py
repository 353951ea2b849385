"""Models: latency, cost, choices and failures."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import PER_SECOND, RATE, Dashboard, Query, Row, events, lines, quantile, rate, stat

DASHBOARD = Dashboard(
    "parley-ai",
    "Parley: models",
    "docs/models.md explains the choice of models, budgets and circuit breakers.",
    (
        Row(
            "Answers",
            (
                stat(
                    "Apologies",
                    f'(sum(rate(parley_answers_total{{outcome="apology"}}[{RATE}])) or vector(0))'
                    f' / sum(rate(parley_answers_total{{outcome=~"answered|apology"}}[{RATE}]))',
                    unit="percentunit",
                    limit=0.2,
                ),
                stat(
                    "Dollars an hour",
                    f"sum(rate(parley_model_cost_dollars_total[{RATE}])) * 3600",
                    unit="currencyUSD",
                ),
                lines("Answers", rate("parley_answers_total", "outcome"), unit=PER_SECOND, stacked=True),
                lines(
                    "Time of one call",
                    quantile(0.5, "parley_model_seconds", "model"),
                    quantile(0.95, "parley_model_seconds", "model"),
                    unit="s",
                    limit=10,
                ),
            ),
        ),
        Row(
            "Choices and calls",
            (
                lines(
                    "Chosen model",
                    rate("parley_model_choices_total", "decision"),
                    unit=PER_SECOND,
                    help="The choice by signals. Fewer `smart` than usual: budgets run out (docs/models.md).",
                ),
                lines("Calls", rate("parley_model_calls_total", "model, outcome"), unit=PER_SECOND),
                lines(
                    "Calls of models without a price",
                    rate("parley_model_unpriced_calls_total", "model"),
                    unit=PER_SECOND,
                    help="Perhaps a mistyped name: parley apply names it (docs/models.md).",
                ),
                lines("Calls in flight", Query("sum by (model) (parley_model_calls_under_way)", "{{model}}")),
            ),
        ),
        Row(
            "Tools and summaries",
            (
                lines(
                    "Tool calls",
                    rate("parley_tool_calls_total", "tool, outcome"),
                    unit=PER_SECOND,
                    help="Tools that models called (docs/tools.md).",
                ),
                lines(
                    "Time of a tool, 95 %",
                    Query(
                        f"histogram_quantile(0.95, sum by (le, tool) (rate(parley_tool_seconds_bucket[{RATE}])))",
                        "{{tool}}",
                    ),
                    unit="s",
                ),
                lines("Summaries of long conversations", rate("parley_summaries_total", "outcome"), unit=PER_SECOND),
            ),
        ),
        Row(
            "Money",
            (
                lines(
                    "Dollars an hour, by model",
                    Query(f"sum by (model) (rate(parley_model_cost_dollars_total[{RATE}])) * 3600", "{{model}}"),
                    unit="currencyUSD",
                    help="`none`: paid without an answer.",
                ),
                lines(
                    "Dollars an hour, most expensive workspaces",
                    Query(
                        f"topk(10, sum by (workspace) (rate(parley_workspace_cost_dollars_total[{RATE}])) * 3600)",
                        "{{workspace}}",
                    ),
                    unit="currencyUSD",
                ),
                lines("Tokens", rate("parley_model_tokens_total", "model, kind"), unit=PER_SECOND),
                lines(
                    "Calls refused by the budget", rate("parley_budget_refused_calls_total", "model"), unit=PER_SECOND
                ),
                lines(
                    "Budgets spent today",
                    Query("sum by (workspace) (" + events("parley_budgets_spent_total", "24h") + ")", "{{workspace}}"),
                    Query(
                        "sum by (workspace) (" + events("parley_customer_shares_spent_total", "24h") + ")",
                        "{{workspace}}: customers' shares",
                    ),
                ),
            ),
        ),
        Row(
            "Circuit breakers",
            (
                lines(
                    "State (0 closed, 1 half open, 2 open)",
                    Query("max by (provider, model) (parley_model_breaker_state)", "{{model}}"),
                    limit=2,
                ),
                lines(
                    "Opened in an hour",
                    Query(
                        "sum by (model, reason) (" + events("parley_model_breaker_opened_total", "1h") + ")",
                        "{{model}} {{reason}}",
                    ),
                    help="access: key, credit or spend limit; it does not recover by itself.",
                ),
            ),
        ),
        *consumer_rows("ai", "ai.requests"),
    ),
)
