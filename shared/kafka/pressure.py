"""How many records of one workspace may be at work while others are active: few when the processor is short, many when
it is not. Pure; told a few times a second how late the event loop was.

Late means that handlers stand in line for the processor: then each of a flooder's records at work delays everybody
else's. In time means that handlers wait for stores or for Kafka, and more of them at once harm nobody.
"""

_LATE = 0.015  # seconds
_IN_TIME = 0.005


class Pressure:
    """least, most: bounds of the number. It halves when the loop is late and goes up by one when it is in time."""

    def __init__(self, least: int, most: int) -> None:
        self._least = min(least, most)
        self._most = most
        self.at_work = self._least

    def told(self, late: float) -> int:
        """The number from now on. late: seconds."""
        if late > _LATE:
            self.at_work = max(self._least, self.at_work // 2)
        elif late < _IN_TIME:
            self.at_work = min(self._most, self.at_work + 1)
        return self.at_work
