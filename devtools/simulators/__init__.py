"""Simulators of Meta Graph, Twilio, MSG91, Anthropic and OpenRouter on one port, strict and scriptable.

    python -m devtools.simulators --port 9900

Providers are at `/meta`, `/twilio`, `/msg91`, `/anthropic` and `/openrouter`; `GET /health` answers 200. Webhooks go to
`SIM_INGRESS_URL`, signed with `META_APP_SECRET` or the Twilio account's token for `PUBLIC_BASE_URL`. Control API:

    POST   /_sim/script       a rule or a list: {"provider", "match": {…}, "times", "probability", "seed", "fault": {…}}
    GET    /_sim/script       the rules with their hits; DELETE (?rule=n) removes them
    POST   /_sim/config       {"meta": {"latency": 0.2, "statuses": ["sent"], "status_delay": 0.05, …}}; GET, DELETE
    GET    /_sim/records      ?since=&provider=&kind=&to=&id=&accepted=true|false&limit=&wait=seconds; DELETE
    GET    /_sim/counts       requests by outcome, webhooks sent, pending statuses
    POST   /_sim/inbound      send a customer's message: {"provider": "meta", "phone_number_id", "from", "text", …}
    POST   /_sim/meta/numbers, /_sim/meta/received, /_sim/twilio/accounts, /_sim/verify, /_sim/environment
    DELETE /_sim              remove rules, settings, records and pending statuses

The fields are those of `script.FaultRule`, `script.ScriptedFault`, `config.ProviderConfig`,
`request_log.RequestRecord`, `inbound.InboundRequest` and `control`. `webhooks` makes and signs webhooks without HTTP;
`app.run_simulators` serves inside another program.
"""
