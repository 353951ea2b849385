"""`parley bench`: seeded benchmarks of throughput, latency and memory on the real stack, one process per part.

ingress.py   webhooks per second of one ingress process    load_generator.py        sends webhooks, its own process
pipeline.py  from the first webhook to the last answer     corpus.py                makes customers' messages
fairness.py  latency of others while one workspace floods  kafka_exchange.py        writes records, awaits answers
router.py    messages decided per second by one router     answer_checks.py         each message answered once
delivery.py  latency of replies during a broadcast         stored_conversations.py  conversations with a history
ai.py        overhead of one ai replica                    ai_sampler.py            samples that replica
soak.py      memory and latency over a long time           stage_times.py           times stored by the services
tracing_cost.py   cost of traces                           process_usage.py         CPU and memory from /proc
benchmark.py      common options, start of a run           storage_use.py           MB in MongoDB and Kafka
stack.py          the stack of a benchmark                 scrape.py                parses `/metrics`
results.py        figures and JSON files                   profiler.py              runs a service under cProfile
report.py         Markdown tables and comparison           plots.py                 Mermaid charts
machine.py        the machine that was measured            kafka_records.py         counts records
percentiles.py    percentiles of latencies
"""
