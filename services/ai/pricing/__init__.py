"""Prices of models, token estimates, and reports of models without a price."""
