"""Runs flows: the language is `shared.flows`, the engine and the actions that steps may call are here. Pure."""
