"""The meaning of a panel without data: counters that begin with their first event, in good times none."""

from collections.abc import Iterable

NO_DATA = {
    "parley_abandoned_total": "No rebalance outlasted a drain",
    "parley_api_limited_total": "Nobody asked too often",
    "parley_backup_bytes": "No backup is known",
    "parley_backup_max_age_seconds": "Backups are made elsewhere",
    "parley_backup_timestamp_seconds": "No backup is known",
    "parley_budgets_spent_total": "No budget was spent",
    "parley_connections_closed_total": "No connection was closed by us",
    "parley_customer_shares_spent_total": "No customer's share was spent",
    "parley_dependency_waits_total": "No wait for Kafka or MongoDB",
    "parley_emails_total": "No e-mail was sent",
    "parley_erased_left_out_total": "No record of an erased customer came",
    "parley_limited_total": "No flood",
    "parley_live_closed_total": "No connection was closed by us",
    "parley_live_delay_seconds_bucket": "Nobody watches live events",
    "parley_live_events_total": "Nobody watches live events",
    "parley_live_resumes_total": "No browser has connected",
    "parley_live_resyncs_total": "No browser was too slow",
    "parley_model_unpriced_calls_total": "Every called model has a price",
    "parley_paced_total": "No number reached its rate limit",
    "parley_records_passed_over_total": "No partition changed its owner amid its work",
    "parley_redelivered_total": "No record came twice",
    "parley_retries_total": "No handler failed",
    "parley_sign_ins_total": "Nobody signed in",
    "parley_summaries_total": "No conversation is long enough",
    "parley_tool_calls_total": "No tool was called",
    "parley_tool_seconds_bucket": "No tool was called",
    "parley_window_closed_total": "No message met a closed window",
}
"""By metric: the words that a panel shows instead of a curve."""


def no_data(metrics: Iterable[str]) -> str:
    """Return the words for a panel of these metrics; empty if it must have data."""
    known = [NO_DATA.get(name, "") for name in sorted(metrics)]
    return known[0] if known and all(known) else ""
