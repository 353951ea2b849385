"""Answers from a list of questions, and how sure they are. Pure."""
