"""Edits the text of a flow file by operations; all text that an operation does not concern stays as it is. Pure."""
