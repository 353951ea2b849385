"""Checks of flow files: of one flow, and between the flows of a workspace. Pure."""
