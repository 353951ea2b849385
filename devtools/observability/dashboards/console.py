"""The API and the live events: requests, latency, limits."""

from devtools.observability.panels import PER_SECOND, RATE, Dashboard, Query, Row, lines, quantile, rate, stat

_ALL = f"sum(rate(parley_api_requests_total[{RATE}]))"

DASHBOARD = Dashboard(
    "parley-console",
    "Parley: console",
    "Requests of people and programs to the API.",
    (
        Row(
            "Requests",
            (
                stat(
                    "Failed",
                    f'1 - sum(rate(parley_api_requests_total{{status!~"5.."}}[{RATE}])) / {_ALL}',
                    unit="percentunit",
                    limit=0.02,
                ),
                lines(
                    "Time to the answer",
                    quantile(0.5, "parley_api_seconds", "kind"),
                    quantile(0.95, "parley_api_seconds", "kind"),
                    unit="s",
                    limit=0.5,
                ),
                lines("Answers by status", rate("parley_api_requests_total", "status"), unit=PER_SECOND, stacked=True),
                lines(
                    "Busiest routes",
                    Query(f"topk(10, sum by (route) (rate(parley_api_requests_total[{RATE}])))", "{{route}}"),
                    unit=PER_SECOND,
                ),
            ),
        ),
        Row(
            "Live events",
            (
                stat("Replicas without Kafka", "sum(parley_live_paused)", limit=0.5),
                lines("Open sockets", Query("sum(parley_live_sockets)", "sockets")),
                lines(
                    "Delay of a frame",
                    quantile(0.5, "parley_live_delay_seconds"),
                    quantile(0.95, "parley_live_delay_seconds"),
                    unit="s",
                    help="From the event's record in Kafka.",
                ),
                lines("Events read", rate("parley_live_events_total", "outcome"), unit=PER_SECOND),
                lines("Frames sent", Query(f"sum(rate(parley_live_frames_total[{RATE}]))", "frames"), unit=PER_SECOND),
                lines("How connections began", rate("parley_live_resumes_total", "outcome"), unit=PER_SECOND),
                lines(
                    "Browsers that must fetch anew",
                    rate("parley_live_resyncs_total", "reason"),
                    unit=PER_SECOND,
                    help="overflow: they read too slowly.",
                ),
                lines("Connections we closed or refused", rate("parley_live_closed_total", "reason"), unit=PER_SECOND),
                lines(
                    "Memory of kept events",
                    Query("sum by (instance) (parley_live_ring_bytes{service='console'})", "{{instance}}"),
                    unit="bytes",
                ),
            ),
        ),
        Row(
            "People",
            (
                lines(
                    "Sign-ins",
                    rate("parley_sign_ins_total", "outcome"),
                    unit=PER_SECOND,
                    help="Many refused: somebody guesses. replayed: a token was stolen, or a browser was restored.",
                ),
                lines("E-mails", rate("parley_emails_total", "outcome"), unit=PER_SECOND),
            ),
        ),
        Row(
            "Connections and limits",
            (
                lines("Open connections", Query('sum(parley_connections{service="console"})', "open")),
                lines(
                    "Over a limit",
                    rate("parley_api_limited_total", "what"),
                    unit=PER_SECOND,
                    help="address: requests without a valid key or session, such as guesses.",
                ),
            ),
        ),
    ),
)
