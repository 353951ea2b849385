"""Replays: recorded messages of customers, decided on again with changed settings. Nothing is sent."""
