"""The service levels, and the rules that watch them: `python -m devtools.observability.slos` writes them anew.

For each service level, the share of bad events is recorded over seven windows, and two alerts with one name look at
it: `page` when the month's error budget would be gone within days (14.4 times too fast over an hour, or 6 times over
six hours), `ticket` when it would not last the month. The short window beside each long one ends the alert soon after
the trouble.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[2] / "deploy/prometheus/rules/slos.yaml"
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
ENOUGH = 20  # events in the longer window's first hour; with fewer, one bad event would look like an outage
_PAGE = ((14.4, "1h", "5m"), (6.0, "6h", "30m"))
_TICKET = ((3.0, "1d", "2h"), (1.0, "3d", "6h"))
_HEAD = "# Made by `python -m devtools.observability.slos`: change that, not this.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """objective: the share of good events, per cent. total, bad: PromQL, rates with `W` for the window.

    promise: for people, begins a sentence. impact: what it means when it is broken.
    """

    name: str
    alert: str
    objective: float
    total: str
    bad: str
    promise: str
    impact: str

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.objective / 100, 6)


def _slow(metric: str, le: str, labels: str = "") -> tuple[str, str]:
    """total and bad of a histogram: what took longer than a boundary of its buckets."""
    total = f"sum(rate({metric}_count{{{labels}}}[W]))"
    inside = f'sum(rate({metric}_bucket{{{labels}{"," if labels else ""}le="{le}"}}[W]))'
    return total, f"{total} - {inside}"


_ACK = _slow("parley_webhook_seconds", "1.0", 'provider!="other"')
_AI = _slow("parley_reply_seconds", "10.0", 'author="ai"')
_SCRIPTED = _slow("parley_reply_seconds", "2.0", 'author=~"faq|flow"')
# Leave out outcomes that say nothing about the pipeline: throttled, window closed, opted out.
_SENDS = 'outcome=~"sent|channel|transient|in_doubt|permanent"'

SLOS = (
    Slo(
        name="webhooks_fast",
        alert="WebhooksSlow",
        objective=99,
        total=_ACK[0],
        bad=_ACK[1],
        promise="99 % of webhooks are acknowledged within 1 s",
        impact="Providers send these webhooks again, and stop calling an address that is slow for long.",
    ),
    Slo(
        name="webhooks_taken",
        alert="WebhooksFailing",
        objective=99.9,
        total='sum(rate(parley_webhooks_total{provider!="other"}[W]))',
        bad='sum(rate(parley_webhooks_total{provider!="other",status=~"5.."}[W]))',
        promise="99.9 % of webhooks are accepted",
        impact="Providers send webhooks that got 5xx again, for hours; until then their messages are not answered.",
    ),
    Slo(
        name="messages_answered",
        alert="MessagesUnanswered",
        objective=99.9,
        total='sum(rate(parley_records_total{topic="inbound.messages"}[W]))',
        bad='sum(rate(parley_dead_letters_total{reason!~"send_rejected|window_closed|webhook_failed"}[W]))',
        promise="99.9 % of accepted messages are answered",
        impact="Customers get no answer until the dead letter of their message is replayed.",
    ),
    Slo(
        name="replies_with_model",
        alert="RepliesSlowWithModel",
        objective=95,
        total=_AI[0],
        bad=_AI[1],
        promise="95 % of first replies that need a model come within 10 s",
        impact="Customers write again, or leave.",
    ),
    Slo(
        name="replies_without_model",
        alert="RepliesSlowWithoutModel",
        objective=95,
        total=_SCRIPTED[0],
        bad=_SCRIPTED[1],
        promise="95 % of first replies of FAQ and flows come within 2 s",
        impact="The pipeline itself is slow, not a model: every customer waits.",
    ),
    Slo(
        name="sends_succeed",
        alert="SendsFailing",
        objective=99,
        total=f"sum(rate(parley_sends_total{{{_SENDS}}}[W]))",
        bad=f'sum(rate(parley_sends_total{{{_SENDS},outcome!="sent"}}[W]))',
        promise="99 % of provider calls succeed",
        impact="Replies are late or missing.",
    ),
)


def ratio(slo: Slo, window: str) -> str:
    """The name of a recorded share."""
    return f"slo:{slo.name}:bad_ratio_{window}"


def events(slo: Slo) -> str:
    """The name of the recorded number of events of an hour."""
    return f"slo:{slo.name}:events_1h"


def rules() -> dict[str, Any]:
    """The file's content."""
    return {"groups": [{"name": f"slo-{slo.name}", "rules": [*_recorded(slo), *_alerts(slo)]} for slo in SLOS]}


def _recorded(slo: Slo) -> list[dict[str, Any]]:
    shares = [
        {"record": ratio(slo, window), "expr": _over(f"(({slo.bad}) or vector(0)) / ({slo.total})", window)}
        for window in WINDOWS
    ]
    return [*shares, {"record": events(slo), "expr": _over(f"({slo.total}) * 3600", "1h")}]


def _over(expr: str, window: str) -> str:
    return expr.replace("[W]", f"[{window}]")


def _alerts(slo: Slo) -> list[dict[str, Any]]:
    return [_alert(slo, "page", _PAGE), _alert(slo, "ticket", _TICKET)]


def _alert(slo: Slo, severity: str, burns: tuple[tuple[float, str, str], ...]) -> dict[str, Any]:
    either = " or ".join(
        f"({ratio(slo, long)} > {factor:g} * {slo.budget:g} and {ratio(slo, short)} > {factor:g} * {slo.budget:g})"
        for factor, long, short in burns
    )
    return {
        "alert": slo.alert,
        "expr": f"({either}) and {events(slo)} >= {ENOUGH}",
        "for": "2m" if severity == "page" else "15m",
        "labels": {"severity": severity, "slo": slo.name},
        "annotations": {
            "summary": f"Not kept: {slo.promise}",
            "description": f"{{{{ $value | humanizePercentage }}}} were not. {slo.impact}",
            "runbook_url": f"{{{{ $externalLabels.runbooks }}}}docs/runbooks/{slo.alert}.md",
        },
    }


def text() -> str:
    """The file."""
    return _HEAD + yaml.safe_dump(rules(), sort_keys=False, width=10_000, allow_unicode=True)


if __name__ == "__main__":
    RULES.write_text(text())
