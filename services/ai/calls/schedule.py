"""Which model is asked next, and what has become of the calls so far, for one answer. Pure: times are given to it."""

from services.ai.gate.port import CallRefused
from services.ai.pricing.prices import Tokens
from services.ai.vendors.failures import ModelFailed
from shared.kafka.retry import Backoff

TIME_OUT = "time-out"
MIN_CALL_SECONDS = 0.5  # seconds; with less time left no call is begun: it would be paid for and thrown away
_TRIES = 4
_BACKOFF = Backoff(first=0.5, most=4.0)
_SHARE = 0.6  # of the time left for a call, while there is another model: one that hangs leaves time for it


class ModelSchedule:
    """attempts: calls that were made; tries: those of them that were the first of a try. spent: the model and tokens of
    those that took some. unknown: the models of those of which nobody says. timed_out: the last reason was that the
    time was up. poor: a call was too dear for the day's budget. over_share: one was too dear for the customer's share.
    """

    def __init__(self, models: tuple[str, ...], now: float, deadline: float) -> None:
        self._may_ask = dict.fromkeys(models, now)  # when, by model, in their order
        self._end = now + deadline
        self._most = max(_TRIES, len(models))  # tries
        self.attempts = 0
        self.tries = 0
        self.error = "no time" if models else "no key for any model"
        self.timed_out = bool(models)  # until there is another reason
        self.poor = False
        self.over_share = False
        self.spent: list[tuple[str, Tokens]] = []
        self.unknown: list[str] = []

    def next(self, now: float) -> str | None:
        """The model to ask: the one that may be asked first. None: there is none, or no time for it."""
        if not self._may_ask or self.tries >= self._most:
            return None
        name = min(self._may_ask, key=lambda model: self._may_ask[model])
        return None if max(self._may_ask[name], now) + MIN_CALL_SECONDS > self._end else name

    def wait(self, name: str, now: float) -> float:
        """Seconds before it may be asked."""
        return max(0.0, self._may_ask[name] - now)

    def time_for(self, now: float) -> float:
        """Seconds that a call made now may take."""
        left = self._end - now
        return left * _SHARE if len(self._may_ask) > 1 and left * _SHARE >= MIN_CALL_SECONDS else left

    def begin(self, *, again: bool = False) -> None:
        """A call is made; again: of the same model, with what its tools have returned."""
        self.attempts += 1
        self.tries += not again

    def left(self, now: float) -> float:
        """Seconds until the end."""
        return self._end - now

    def shut(self, name: str, why: CallRefused) -> None:
        """A model is not to be asked, nor waited for."""
        self.drop(name)
        self.error, self.timed_out = f"{name}: {why.reason}", False
        self.poor = self.poor or why.money
        self.over_share = self.over_share or why.share

    def drop(self, name: str) -> None:
        """A model whose call has just failed would not be asked again anyway: it is not waited for."""
        self._may_ask.pop(name, None)

    def end(self) -> None:
        """No model is to be asked any more."""
        self._may_ask.clear()

    def answered(self, name: str, tokens: Tokens) -> None:
        """A call gave the answer, or called tools."""
        self.spent.append((name, tokens))

    def failed(self, name: str, failure: ModelFailed, now: float) -> None:
        """A call failed: the model is asked again later, or not at all."""
        if failure.tokens is not None:
            self.spent.append((name, failure.tokens))
        elif failure.unknown:
            self.unknown.append(name)
        self.error = f"{name}: {failure.reason}"
        self.timed_out = failure.reason == TIME_OUT
        if not failure.retryable:
            self.drop(name)
            return
        wait = failure.retry_after if failure.retry_after is not None else _BACKOFF.wait(self.tries - 1)
        self._may_ask[name] = now + wait
