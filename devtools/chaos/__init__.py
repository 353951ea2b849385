"""`parley chaos`: inject faults into real processes under load and check the guarantees. Seeded; see docs/chaos.md.

options.py            options of a run                     schedule.py         which fault, when, into what
workload.py           workspaces, customers, messages      fault_injector.py   injects the faults
traffic.py            signed webhooks to ingress           process_monitor.py  memory, readiness, unexpected exits
answer_tracker.py     messages written, sends accepted     stores.py           reads Kafka, MongoDB and Redis
simulator_control.py  the simulators' control API          log_scan.py         finds private data in the logs
evidence.py           the collected data                   analysis.py         answers, order, recovery times
checks.py             one check per guarantee              report.py           tables and JSON
run.py                a whole run                          background.py       tasks beside it
hostile.py            a hostile workspace                  log_causes.py       which faults explain which log lines
pieces.py             a long run in pieces                 pieces_page.py      their page
planted_bugs.py       services with a bug, to test the checks
"""
