"""Channels: `gate` pauses and stops them, `release` resumes them, `pacing` keeps their provider's limits, `unreadable`
looks for secrets that cannot be read.
"""
