"""All metrics. Labels are few and bounded: never a customer or a message; a workspace only through `by_workspace`. The
thresholds of the service levels are among the buckets.

docs/observability.md explains them; deploy/grafana and deploy/prometheus show and alert on them.
"""

from prometheus_client import Gauge

from shared.telemetry.capped_label import CappedLabel
from shared.telemetry.quick_labels import Counter, Histogram

by_workspace = CappedLabel(200)  # workspaces that a process names; all others are `other`

_ACK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_HOP = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
_WORK = (0.002, 0.004, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1)
_DELAY = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LLM = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 60)

# every process
READY = Gauge("parley_ready", "1 if this process is ready, as /health/ready says, else 0.")
LOOP_DELAY = Histogram(
    "parley_loop_delay_seconds",
    "Delay of the event loop, measured four times a second.",
    buckets=_DELAY,
)

# ingress
WEBHOOKS = Counter("parley_webhooks_total", "Webhooks by provider and HTTP status.", ["provider", "status"])
WEBHOOK_SECONDS = Histogram(
    "parley_webhook_seconds", "Time from the first byte of a webhook to its response.", ["provider"], buckets=_ACK
)
ITEMS = Counter(
    "parley_webhook_items_total",
    "Items in webhooks: message, status, event, echo, consent, malformed, unknown.",
    ["kind"],
)
LIMITED = Counter(
    "parley_limited_total",
    "Requests and messages over a limit: ip (refused), room (large bodies, refused), sender (stored, not answered).",
    ["what"],
)
CONNECTIONS = Gauge("parley_connections", "Open client connections.")
CONNECTIONS_CLOSED = Counter(
    "parley_connections_closed_total",
    "Connections that ingress closed: slow, made_room (for a newer one), full.",
    ["reason"],
)
LOOKUPS = Counter(
    "parley_channel_lookups_total",
    "Look-ups of channels: process, redis, stale (stores unreachable); mongodb: queries for one or many.",
    ["tier"],
)

# console
API_REQUESTS = Counter(
    "parley_api_requests_total", "Requests to the API by route (`GET /api/v1/…`) and HTTP status.", ["route", "status"]
)
API_SECONDS = Histogram(
    "parley_api_seconds", "Time of a request to the API until its response began: read, write.", ["kind"], buckets=_WORK
)
API_LIMITED = Counter(
    "parley_api_limited_total", "Requests to the API over a limit, by its name (key, session, address).", ["what"]
)
SIGN_INS = Counter(
    "parley_sign_ins_total",
    "Attempts to sign in to the console: accepted, refused, second_factor (the password was right), throttled, "
    "replayed (a used refresh token, which ended its session).",
    ["outcome"],
)
EMAILS = Counter("parley_emails_total", "E-mails of the console: sent, failed, dropped (too many waited).", ["outcome"])

# the consumer runtime
RECORDS = Counter(
    "parley_records_total",
    "Records finished, by topic and outcome: done (processed, or nothing to do), dead_letter, skipped (failed, "
    "of a topic without dead letters).",
    ["topic", "outcome"],
)
RECORDS_PASSED_OVER = Counter(
    "parley_records_passed_over_total", "Records that a former owner of their partition had finished.", ["topic"]
)
RECORD_SECONDS = Histogram("parley_record_seconds", "Time in a handler.", ["topic"], buckets=_HOP)
RECORD_WORK_SECONDS = Histogram(
    "parley_record_work_seconds",
    "Time in a handler without its waits for a provider, a model or a timer.",
    ["topic"],
    buckets=_WORK,
)
RECORD_AGE = Histogram(
    "parley_record_age_seconds",
    "Time from the record's timestamp to the start of its handler.",
    ["topic"],
    buckets=_HOP,
)
RETRIES = Counter("parley_retries_total", "Repeated attempts of records whose handler failed.", ["topic"])
LANES_RUNNING = Gauge("parley_lanes_running", "Handlers running now.", ["consumer"])
LANES_LIMIT = Gauge("parley_lanes_limit", "Handlers that may run at the same time.", ["consumer"])
LANES_WAITING = Gauge("parley_lanes_waiting", "Lanes whose next record could run if more were allowed.", ["consumer"])
LANES_PARKED = Gauge("parley_lanes_parked", "Lanes that wait for the next attempt of their first record.", ["consumer"])
WINDOW_FILL = Gauge("parley_window_slots", "Records fetched and not yet finished in order.", ["consumer"])
OLDEST_SECONDS = Gauge("parley_oldest_record_seconds", "Age of the handler that has run longest.", ["consumer"])
PARTITIONS_ASSIGNED = Gauge("parley_partitions_assigned", "Partitions that this replica reads.", ["consumer"])
PARTITIONS_FULL = Gauge(
    "parley_partitions_full", "Partitions that are not fetched from because their window is full.", ["consumer"]
)
PARTITIONS_STOPPED = Gauge(
    "parley_partitions_stopped", "Partitions that have stopped because most of their records fail.", ["consumer"]
)
LAG = Gauge("parley_consumer_lag_records", "Records behind the high-water mark.", ["consumer", "topic"])
LAG_SECONDS = Gauge(
    "parley_consumer_lag_seconds",
    "Age of the oldest record that this replica has fetched and not finished.",
    ["consumer", "topic"],
)
COMMITS = Counter("parley_commits_total", "Commits by outcome: ok, refused.", ["consumer", "outcome"])
ABANDONED = Counter("parley_abandoned_total", "Handlers cancelled because their partition was revoked.", ["consumer"])
SLOWED = Counter(
    "parley_dependency_waits_total", "Attempts delayed because a dependency could not be reached.", ["dependency"]
)
CLOCK_SKEW = Gauge(
    "parley_clock_skew_seconds",
    "Seconds that this machine's clock is ahead of a dependency's: mongodb, redis.",
    ["dependency"],
)
CLOCK_REFUSED = Counter(
    "parley_clock_refused_total", "Writes that Kafka rejected because of their timestamp: a clock is wrong by an hour."
)
REDIS_FAILURES = Counter("parley_redis_failures_total", "Failed calls of Redis; work continued without it.")
REDELIVERED = Counter("parley_redelivered_total", "Records that had been processed before.", ["service"])
ERASED = Counter("parley_erased_left_out_total", "Records left out because their customer was erased.", ["service"])
DEAD_LETTERS = Counter(
    "parley_dead_letters_total",
    "Dead letters by service and reason; one of ingress may have many items.",
    ["service", "reason"],
)
WORKSPACE_RECORDS = Counter(
    "parley_workspace_records_total",
    "Records finished, by workspace (200, then `other`), topic and outcome (as in parley_records_total).",
    ["workspace", "topic", "outcome"],
)

# the lag exporter (`python -m shared.kafka.lag`), which asks the broker, so that dead consumers are measured too
KAFKA_UP = Gauge("parley_kafka_up", "1 if the lag exporter's last measurement succeeded, else 0.")
LOOK_SECONDS = Gauge("parley_kafka_look_seconds", "Duration of that measurement.")
GROUP_LAG = Gauge("parley_group_lag_records", "Records behind the committed offset.", ["group", "topic"])
GROUP_LAG_SECONDS = Gauge(
    "parley_group_lag_seconds", "Age of the oldest record whose offset is not committed; 0: none.", ["group", "topic"]
)
GROUP_STALLED = Gauge(
    "parley_group_stalled_seconds",
    "Longest time for which a partition with such records had no commit; 0: none.",
    ["group", "topic"],
)
GROUP_MEMBERS = Gauge("parley_group_members", "Members of a consumer group.", ["group"])
TOPIC_RECORDS = Counter(
    "parley_topic_records_total", "Records written to a topic since the exporter started.", ["topic"]
)

# delivery and the lag exporter, which ask the stores
DISK_FREE = Gauge(
    "parley_disk_free_bytes",
    "Free space of a disk of mongodb (the primary's) or kafka (each log directory's), as the store says.",
    ["store", "place"],
)
DISK_TOTAL = Gauge("parley_disk_total_bytes", "Size of that disk.", ["store", "place"])
MONGODB_REUSABLE = Gauge(
    "parley_mongodb_reusable_bytes",
    "Space in MongoDB's files that removed documents left, and that new ones of the same collection will use.",
    ["place"],
)
REDIS_USED = Gauge("parley_redis_memory_bytes", "Memory that counts towards Redis' limit.", ["policy"])
REDIS_LIMIT = Gauge(
    "parley_redis_memory_limit_bytes", "Redis' maxmemory, by what it does when it is reached.", ["policy"]
)
BACKUP_AT = Gauge(
    "parley_backup_timestamp_seconds",
    "Moment of the last verified backup, in seconds since 1970; 0: none is known. By the way it was verified: "
    "restored, read_back, none.",
    ["verified"],
)
BACKUP_BYTES = Gauge("parley_backup_bytes", "Size of that backup's file.", ["verified"])
BACKUP_MAX_AGE = Gauge(
    "parley_backup_max_age_seconds", "Age of the last backup at which one is missed; 0: backups are made elsewhere."
)

# router
DECISIONS = Counter(
    "parley_decisions_total",
    "Decisions of the router on customers' messages; joined: customers merged; old: also providers' reports.",
    ["decision"],
)

# ai
ANSWERS = Counter(
    "parley_answers_total",
    "Requests for an answer, by outcome: answered; apology; faq, over share (the customer's share of the budget is "
    "spent: the FAQ answered, or handed off); kept, ready (made before); silenced (an agent took over); superseded (by "
    "a later request).",
    ["outcome"],
)
MODEL_CALLS = Counter("parley_model_calls_total", "Calls of a model by outcome.", ["model", "outcome"])
MODEL_UNPRICED = Counter(
    "parley_model_unpriced_calls_total",
    "Calls of a model without a price, counted at the highest price; its name may be mistyped.",
    ["model"],
)
MODEL_SECONDS = Histogram("parley_model_seconds", "Time of one call of a model.", ["model"], buckets=_LLM)
MODEL_CALLS_UNDER_WAY = Gauge("parley_model_calls_under_way", "Calls of a model under way now.", ["model"])
MODEL_TOKENS = Counter(
    "parley_model_tokens_total", "Tokens by kind: input, output, cache_read, cache_write.", ["model", "kind"]
)
TOOL_CALLS = Counter(
    "parley_tool_calls_total",
    "Tools that models called: ok, invalid, refused, unknown, over_cap, timeout, failed.",
    ["tool", "outcome"],
)
TOOL_SECONDS = Histogram("parley_tool_seconds", "Time of one tool.", ["tool"], buckets=_HOP)
SUMMARIES = Counter(
    "parley_summaries_total",
    "Summaries of long conversations: made, made before, not due, not made, no room, no money, erased, failed.",
    ["outcome"],
)
BREAKER_STATE = Gauge(
    "parley_model_breaker_state",
    "Circuit breaker of a model, as this replica last saw it: 0 closed, 1 half open, 2 open.",
    ["provider", "model"],
)
BREAKER_OPENED = Counter(
    "parley_model_breaker_opened_total",
    "Breakers opened: bad (most calls failed), access (key, credit or spend limit).",
    ["provider", "model", "reason"],
)
MODEL_COST = Counter(
    "parley_model_cost_dollars_total",
    "US dollars by the model that answered; `none`: paid without an answer.",
    ["model"],
)
WORKSPACE_COST = Counter(
    "parley_workspace_cost_dollars_total",
    "US dollars paid for models, by workspace (200, then `other`).",
    ["workspace"],
)
ROUTED = Counter("parley_model_choices_total", "Choice of the model for a question: fast, smart.", ["decision"])
BUDGET_REFUSED = Counter(
    "parley_budget_refused_calls_total", "Calls of a model that the day's budget did not allow.", ["model"]
)
BUDGETS_SPENT = Counter(
    "parley_budgets_spent_total",
    "Days on which the budget for models was spent, by workspace (as above).",
    ["workspace"],
)
CUSTOMER_SHARES_SPENT = Counter(
    "parley_customer_shares_spent_total",
    "Customers who spent their share of the day's budget for models, by workspace (as above).",
    ["workspace"],
)

# delivery
SENDS = Counter(
    "parley_sends_total",
    "Calls of a provider by outcome: sent, or the error's kind; for typing indicators and read marks: courtesy, "
    "courtesy_failed, courtesy_left_out (too many at once: not called).",
    ["provider", "outcome"],
)
SEND_SECONDS = Histogram("parley_send_seconds", "Time of one call of a provider.", ["provider"], buckets=_HOP)
FIRST_REPLY = Histogram(
    "parley_reply_seconds",
    "From ingress receiving a customer's message to the provider accepting its answer.",
    ["author"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15, 30, 60),
)
STATUSES = Counter(
    "parley_statuses_total", "Statuses by provider, status and outcome.", ["provider", "status", "outcome"]
)
IN_DOUBT = Counter(
    "parley_in_doubt_total",
    "Sends in doubt, by outcome: settled (by a status), sent_again; dead letters: held (`in_doubt: hold`), given_up "
    "(in doubt twice).",
    ["outcome"],
)
CHANNELS_STOPPED = Gauge(
    "parley_channels_stopped", "Channels that are stopped now; every replica exports the same.", ["provider"]
)
CHANNEL_STOPS = Counter(
    "parley_channel_stops_total",
    "Channels stopped because the provider refuses all of their messages.",
    ["provider", "code"],
)
CHANNELS_UNREADABLE = Gauge(
    "parley_channels_unreadable",
    "Channels with a secret that SECRETS_KEY does not decrypt, whether they are used or not; webhook: webhooks out.",
    ["provider"],
)
SECRETS_UNREADABLE = Counter(
    "parley_secrets_unreadable_total",
    "Reads of a secret that SECRETS_KEY does not decrypt, by the channel's provider; webhook: of a webhook out.",
    ["provider"],
)
CHANNEL_PAUSES = Counter(
    "parley_channel_pauses_total", "Pauses of a channel: throttled, unreachable.", ["provider", "reason"]
)
UNREACHABLE_CHANNELS = Gauge(
    "parley_provider_unreachable_channels",
    "Channels whose provider this replica could not reach ten times in a row, and has tried within ten minutes.",
    ["provider"],
)
PACED = Counter(
    "parley_paced_total",
    "Sends delayed by a rate limit: number, customer; what: reply, bulk.",
    ["provider", "reason", "what"],
)
WINDOW = Counter(
    "parley_window_closed_total",
    "Messages that met a closed 24-hour window: template (one went out instead), failed.",
    ["provider", "outcome"],
)
HELD = Counter("parley_held_total", "Messages of stopped channels: held, released.", ["what"])
BROADCAST_RECIPIENTS = Counter(
    "parley_broadcast_recipients_total",
    "Recipients of broadcasts: queued, skipped, sent, failed.",
    ["outcome"],
)
ACCOUNT_EVENTS = Counter(
    "parley_account_events_total",
    "Events about accounts, numbers and templates, by action: see docs/account-events.md.",
    ["provider", "what"],
)
BROADCAST_PAUSES = Counter(
    "parley_broadcast_pauses_total",
    "Broadcasts paused automatically: channel, spam_limit, failures, audience, quality, account, template.",
    ["reason"],
)

# webhooks out
WEBHOOK_CALLS = Counter(
    "parley_webhooks_out_total",
    "Calls of webhooks out: delivered, failed, unreachable, given_up; not_logged.",
    ["outcome"],
)
WEBHOOK_CALL_SECONDS = Histogram("parley_webhooks_out_seconds", "Time of one call of a webhook out.", buckets=_HOP)

# console: live events
LIVE_SOCKETS = Gauge("parley_live_sockets", "Open connections for live events.")
LIVE_CLOSED = Counter(
    "parley_live_closed_total",
    "Connections that the console closed or refused: signed_out, right_gone, too_many, no_hello, protocol, origin, "
    "replaced (by a newer connection of the tab).",
    ["reason"],
)
LIVE_EVENTS = Counter(
    "parley_live_events_total",
    "Events read: sent (somebody watches the workspace), kept (in memory only).",
    ["outcome"],
)
LIVE_FRAMES = Counter("parley_live_frames_total", "Frames sent to browsers.")
LIVE_DELAY_SECONDS = Histogram(
    "parley_live_delay_seconds", "Time from an event's record to its frames, in watched workspaces.", buckets=_HOP
)
LIVE_RESUMES = Counter(
    "parley_live_resumes_total",
    "Connections by how they began: nothing (new), memory, kafka (replayed from there), resync.",
    ["outcome"],
)
LIVE_RESYNCS = Counter(
    "parley_live_resyncs_total", "Browsers told to fetch anew: too-old, overflow, rights, topic.", ["reason"]
)
LIVE_PAUSED = Gauge("parley_live_paused", "1 while Kafka cannot be reached for live events, else 0.")
LIVE_RING_BYTES = Gauge("parley_live_ring_bytes", "Memory of the events kept for resuming.")
