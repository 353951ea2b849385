"""A metric label with a bounded number of values: the first ones, and `other` for all later ones."""

OTHER = "other"


class CappedLabel:
    """Call it with a name to get the label's value. most: names with a value of their own, for the life of the
    process, as a counter must not jump.
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
