"""Models: how fast, how dear, which, and what when they fail."""

from devtools.observability.dashboards.parts import consumer_rows
from devtools.observability.panels import RATE, Dashboard, Query, Row, lines, quantile, rate, stat

DASHBOARD = Dashboard(
    "parley-ai",
    "Parley: models",
    "docs/models.md says how a model is chosen, paid for and left alone.",
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
                lines("Answers", rate("parley_answers_total", "outcome"), unit="reqps", stacked=True),
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
            "Which model, and how it went",
            (
                lines(
                    "Meant for",
                    rate("parley_model_choices_total", "decision"),
                    unit="reqps",
                    help="What the signals chose. Fewer for `smart` than usual: budgets are short (docs/models.md).",
                ),
                lines("Calls", rate("parley_model_calls_total", "model, outcome"), unit="reqps"),
                lines(
                    "Calls of models without a price",
                    rate("parley_model_unpriced_calls_total", "model"),
                    unit="reqps",
                    help="Perhaps a name that was mistyped: parley apply says which (docs/models.md).",
                ),
                lines("Calls under way", Query("sum by (model) (parley_model_calls_under_way)", "{{model}}")),
            ),
        ),
        Row(
            "Tools and summaries",
            (
                lines(
                    "Tools called",
                    rate("parley_tool_calls_total", "tool, outcome"),
                    unit="reqps",
                    help="What models may look up or ask for (docs/tools.md).",
                ),
                lines(
                    "Time of a tool, 95 %",
                    Query(
                        f"histogram_quantile(0.95, sum by (le, tool) (rate(parley_tool_seconds_bucket[{RATE}])))",
                        "{{tool}}",
                    ),
                    unit="s",
                ),
                lines("Summaries of long conversations", rate("parley_summaries_total", "outcome"), unit="reqps"),
            ),
        ),
        Row(
            "Money",
            (
                lines(
                    "Dollars an hour, by model",
                    Query(f"sum by (model) (rate(parley_model_cost_dollars_total[{RATE}])) * 3600", "{{model}}"),
                    unit="currencyUSD",
                    help="`none`: paid for, and no answer.",
                ),
                lines(
                    "Dollars an hour, the dearest workspaces",
                    Query(
                        f"topk(10, sum by (workspace) (rate(parley_workspace_cost_dollars_total[{RATE}])) * 3600)",
                        "{{workspace}}",
                    ),
                    unit="currencyUSD",
                ),
                lines("Tokens", rate("parley_model_tokens_total", "model, kind"), unit="short"),
                lines(
                    "Calls not made for want of money", rate("parley_budget_refused_calls_total", "model"), unit="reqps"
                ),
                lines(
                    "Budgets spent today",
                    Query("sum by (workspace) (increase(parley_budgets_spent_total[24h]))", "{{workspace}}"),
                    Query(
                        "sum by (workspace) (increase(parley_customer_shares_spent_total[24h]))",
                        "{{workspace}}: customers' shares",
                    ),
                ),
            ),
        ),
        Row(
            "Breakers",
            (
                lines(
                    "State (0 closed, 1 half open, 2 open)",
                    Query("max by (provider, model) (parley_model_breaker_state)", "{{model}}"),
                    limit=2,
                ),
                lines(
                    "Opened in an hour",
                    Query(
                        "sum by (model, reason) (increase(parley_model_breaker_opened_total[1h]))",
                        "{{model}} {{reason}}",
                    ),
                    help="access: key, credit or spend limit; it does not pass by itself.",
                ),
            ),
        ),
        *consumer_rows("ai", "ai.requests"),
    ),
)
