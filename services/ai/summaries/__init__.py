"""Summaries of long conversations: `summary` has the rules, `summariser` makes them in the background."""
