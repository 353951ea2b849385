"""Matching of customers' texts with a workspace's FAQ, and how certain a match is."""
