"""`parley capacity`: how many replicas, partitions and gigabytes a load needs, from measured costs.

costs.py      what a message costs, from results of `parley bench`     plan.py       the arithmetic
burst.py      how far behind a burst leaves the services               report.py     tables for people
"""
