"""`parley chaos`: real faults on real processes, and what became of every message. Seeded. See docs/chaos.md.

options.py   what can be wished            schedule.py  which fault, when, on what
people.py    workspaces, customers, words  faults.py    carries the faults out
traffic.py   signed webhooks, as Meta      watch.py     memory, readiness, deaths meanwhile
ledger.py    what was asked and accepted   gather.py    Kafka, MongoDB, Redis and logs at the end
evidence.py  all of it, as plain values    findings.py  what can be read out of that
checks.py    the promises, one by one      report.py    tables and JSON
side.py      what goes on meanwhile        run.py       all of this, in order
planted.py   services with a bug, to see the checks fail
"""
