"""Suggestions: a model writes the text of a flow from a member's words. Nothing is sent, and no draft is changed."""
