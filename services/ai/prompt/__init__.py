"""Builds the prompt: `build` puts it together from `situation` (the present) and `references` (quotes, ads)."""
