"""`parley capacity`: replicas, partitions and gigabytes that a load needs, from measured costs.

costs.py   cost of a message, from a result of `parley bench`   plan.py     the arithmetic
burst.py   backlog caused by a burst                            report.py   tables
"""
