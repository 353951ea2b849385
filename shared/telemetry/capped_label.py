"""A label with a bounded number of values: the first so many, and `other` for all that come later."""

OTHER = "other"


class CappedLabel:
    """Call it with a name to get the label's value. `most`: how many names have a value of their own.

    For as long as the process lives: a value that was given once stays, or a counter would jump.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[str] = set()

    def __call__(self, name: str) -> str:
        if name in self._names:
            return name
        if len(self._names) >= self._most:
            return OTHER
        self._names.add(name)
        return name
