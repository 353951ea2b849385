"""Token estimates, and reports of models without a price."""
