"""The reason for not editing a text."""


class Refused(ValueError):
    """Raised for an edit that cannot be done without changing something else. line: from 1; the text is for people."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line
