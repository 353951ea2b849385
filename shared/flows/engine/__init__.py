"""Runs flows. `shared.flows` defines the language. Pure."""
