"""Decisions on customers' messages: what the router decides, and what a replay would decide. Reads, changes nothing."""
