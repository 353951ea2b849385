"""Finds the FAQ that answers a text, and whether the match is sure. Pure; uses no language model.

A text is compared with all known questions (`known_questions`). A match is refused, whatever its score, if a decisive
word is replaced, one of the two is negated, or they are different types of question (`mismatch`). Otherwise it is sure
from a threshold on: the owner's, or one learned from the workspace's own questions (`calibration`). Figures:
`docs/faq.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.assessment import Assessment, assess
from shared.faq.calibration import Calibration, calibrate
from shared.faq.dismissed import DismissedTexts
from shared.faq.known_questions import KnownQuestions, Query
from shared.workspace.config import Faq

_MIN_MARGIN = 0.07  # with an owner's threshold: the score by which the best must exceed the best different answer
_MIN_SCORE_OF_SHORT_QUESTION = (
    0.75  # with an owner's threshold: lowest sure score of a text with fewer than two content words
)


@dataclass(frozen=True, slots=True)
class FaqMatch:
    """A matched FAQ. score: 0 to 1; sure: whether to answer without a model. number: of the FAQ, from 0.

    question: the nearest question or variant. doubt: why it is not sure although the score may be high.
    certainty: 0 to 1, compared with a learned threshold.
    """

    answer: str
    score: float
    sure: bool
    number: int
    question: str = ""
    doubt: str = ""
    certainty: float = 0.0


class FaqIndex:
    """The index of one workspace's FAQ. threshold: the lowest sure score; None: learn a threshold of certainty.

    dismissed: customers' texts that the owner dismissed, each with the question that was nearest. Learning takes up to
    about a second of CPU time for 500 FAQs, so build the index in a thread.
    """

    def __init__(
        self, faqs: Sequence[Faq], threshold: float | None = None, dismissed: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._questions = KnownQuestions(faqs)
        self._threshold = threshold
        self._dismissed = DismissedTexts(self._questions, dismissed)
        learnt = None if threshold is not None else calibrate(self._questions, self._dismissed.texts)
        self.calibration: Calibration | None = learnt

    def match(self, text: str) -> FaqMatch | None:
        """Return the best match of a customer's text; None without any match."""
        ranked = self.ranked(text, 1)
        return ranked[0] if ranked else None

    def ranked(self, text: str, limit: int) -> list[FaqMatch]:
        """Return the nearest FAQs, best first; only the first may be sure."""
        words = self._questions.words(text)
        if not words:
            return []
        if words in self._questions.exact:
            return self._exact_matches(words)
        return self._scored_matches(words, limit)

    def nearest(self, text: str, limit: int) -> list[FaqMatch]:
        """Return the FAQs nearest to a text without looking for an exact match, so that a known question has rivals."""
        words = self._questions.words(text)
        return self._scored_matches(words, limit) if words else []

    def _scored_matches(self, words: tuple[str, ...], limit: int) -> list[FaqMatch]:
        questions = self._questions
        query = questions.query(words)
        assessment = assess(questions, query)
        if assessment is None:
            return []
        found = []
        for place, fit in enumerate(assessment.fits[:limit]):
            doubt = self._doubt(query, assessment) if place == 0 else "another is nearer"
            certainty = assessment.certainty if place == 0 else 0.0
            found.append(self._match(fit.number, fit.score, questions.known[fit.position].text, doubt, certainty))
        return found

    def _exact_matches(self, words: tuple[str, ...]) -> list[FaqMatch]:
        questions = self._questions
        numbers = list(dict.fromkeys(questions.exact[words]))
        different = {questions.answer_of[number] for number in numbers}
        doubt = "it has two answers" if len(different) > 1 else ""
        return [self._match(numbers[0], 1.0, questions.faqs[numbers[0]].question, doubt, 1.0)]

    def _match(self, number: int, score: float, question: str, doubt: str, certainty: float) -> FaqMatch:
        answer = self._questions.faqs[number].answer
        return FaqMatch(answer, round(score, 4), not doubt, number, question, doubt, round(certainty, 4))

    def _doubt(self, query: Query, assessment: Assessment) -> str:
        """Return why the best match is not sure; empty when it is."""
        if self._dismissed.matches(query, assessment.best.number):
            return "the owner dismissed a question like it"
        if self.calibration is not None:
            unsure = assessment.certainty < self.calibration.threshold
            return assessment.mismatch_reason or ("it is not sure enough for this workspace" if unsure else "")
        return assessment.mismatch_reason or self._threshold_reason(query, assessment, self._threshold or 0.0)

    def _threshold_reason(self, query: Query, assessment: Assessment, threshold: float) -> str:
        score = assessment.best.score
        if score < threshold:
            return "the score is below the threshold"
        if score - assessment.runner_up_score < _MIN_MARGIN:
            return "another answer fits almost as well"
        if query.content < 2 and score < _MIN_SCORE_OF_SHORT_QUESTION:
            return "too few words that matter"
        return ""
