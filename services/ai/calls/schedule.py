"""Decides which model is called next for one answer, and keeps the outcomes so far. Pure: times are arguments."""

from services.ai.gate.port import CallRefused
from services.ai.vendors.failures import ModelFailed
from shared.domain.model_prices import Tokens
from shared.kafka.retry import Backoff

TIME_OUT = "time-out"
MIN_CALL_SECONDS = 0.5  # with less time left no call is made: it would be paid for and not used
_MIN_TRIES = 4
_BACKOFF = Backoff(first=0.5, most=4.0)
_SHARE = 0.6  # of the time left for a call, while there is another model: a call that hangs leaves time for it


class ModelSchedule:
    """The order in which models are called for one answer, and the counts of these calls. attempts: calls made; tries:
    calls made without those that continue with tool results. spent: model and usage of calls that have one. timed_out:
    the last error was a time-out. day_budget_spent: the day's budget did not cover a call. over_share: the customer's
    share had none.
    """

    def __init__(self, models: tuple[str, ...], now: float, deadline: float) -> None:
        self._may_call_at = dict.fromkeys(models, now)  # by model, in their order
        self._end = now + deadline
        self._most = max(_MIN_TRIES, len(models))  # tries
        self.attempts = 0
        self.tries = 0
        self.error = "no time" if models else "no key for any model"
        self.timed_out = bool(models)  # until there is another reason
        self.day_budget_spent = False
        self.over_share = False
        self.spent: list[tuple[str, Tokens]] = []

    def next_model(self, now: float) -> str | None:
        """Return the model that may be called first. None: there is none, or no time left."""
        if not self._may_call_at or self.tries >= self._most:
            return None
        name = min(self._may_call_at, key=lambda model: self._may_call_at[model])
        return None if max(self._may_call_at[name], now) + MIN_CALL_SECONDS > self._end else name

    def seconds_until_allowed(self, name: str, now: float) -> float:
        """Return the seconds until a model may be called."""
        return max(0.0, self._may_call_at[name] - now)

    def seconds_for_call(self, now: float) -> float:
        """Return the time-out of a call made now, in seconds."""
        left = self._end - now
        return left * _SHARE if len(self._may_call_at) > 1 and left * _SHARE >= MIN_CALL_SECONDS else left

    def count_call(self, *, continued: bool = False) -> None:
        """Count a call; continued: of the same model, with tool results or a correction."""
        self.attempts += 1
        self.tries += not continued

    def extend(self, seconds: float) -> None:
        """Move the deadline: this time does not count."""
        self._end += seconds

    def seconds_left(self, now: float) -> float:
        """Return the seconds until the deadline."""
        return self._end - now

    def refuse(self, name: str, refused: CallRefused) -> None:
        """Drop a model that the gate does not admit."""
        self.drop(name)
        self.error, self.timed_out = f"{name}: {refused.reason}", False
        self.day_budget_spent = self.day_budget_spent or refused.day_budget
        self.over_share = self.over_share or refused.customer_share

    def drop(self, name: str) -> None:
        """Do not call a model any more."""
        self._may_call_at.pop(name, None)

    def stop(self) -> None:
        """Do not call any model any more."""
        self._may_call_at.clear()

    def count_answer(self, name: str, tokens: Tokens) -> None:
        """Count the usage of a call that gave an answer or called tools."""
        self.spent.append((name, tokens))

    def count_failure(self, name: str, failure: ModelFailed, now: float) -> None:
        """Count a failed call; its model is called again later, or not at all."""
        if failure.tokens is not None:
            self.spent.append((name, failure.tokens))
        self.error = f"{name}: {failure.reason}"
        self.timed_out = failure.reason == TIME_OUT
        if not failure.retryable:
            self.drop(name)
            return
        wait = failure.retry_after if failure.retry_after is not None else _BACKOFF.wait(self.tries - 1)
        self._may_call_at[name] = now + wait
