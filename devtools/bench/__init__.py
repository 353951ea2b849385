"""`parley bench`: how fast, how late, how large. Seeded; run on the real stack, one process for each part.

ingress.py    webhooks per second of one ingress process          load.py       the load generator, its own process
pipeline.py   from the first webhook to the last answer           corpus.py     what customers write
fairness.py   how late the others are while one floods        stages.py     times that the services store
router.py     messages that one router decides on             soak.py       memory and latency over a long time
delivery.py   how late replies are while a broadcast goes out
measure.py    CPU and memory from /proc                           answers.py    was each message answered once
results.py    figures, JSON files, comparison                     report.py     Markdown
"""
