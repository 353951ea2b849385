"""Cleans texts on their way into a model and turns its answer into WhatsApp's formatting."""
