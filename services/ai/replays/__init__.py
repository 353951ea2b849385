"""Replays: recorded messages answered again with changed settings. They ask models, and send nothing."""
