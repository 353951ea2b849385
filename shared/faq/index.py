"""Answers from the workspace's FAQ, and whether they are sure. Pure; no model is downloaded.

A text is compared with every known question (`questions`). Guards keep a near-miss from being answered: another word
in the place of the one that decides, a negation, or another kind of question (`doubts`). What is left is answered when
it is sure enough: by the threshold that the owner gave, or by one learnt from the workspace's own questions
(`calibration`). `docs/faq.md` has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.assessment import Assessment, assess
from shared.faq.calibration import Calibration, calibrate
from shared.faq.dismissed import DismissedTexts
from shared.faq.known_questions import KnownQuestions, Query
from shared.workspace.config import Faq

_CLOSE = 0.07  # with an owner's threshold: a different answer within this much of the best makes it doubtful
_FEW = 0.75  # the same: the least score of a question with less than two words that matter


@dataclass(frozen=True, slots=True)
class FaqMatch:
    """The best answer. score: 0 to 1; sure: whether to give it without a model. number: which FAQ, from 0.

    question: the question or variant that came nearest. doubt: why it is not sure although the score may be high.
    certainty: 0 to 1, what a learnt threshold is compared with.
    """

    answer: str
    score: float
    sure: bool
    number: int
    question: str = ""
    doubt: str = ""
    certainty: float = 0.0


class FaqIndex:
    """Of one workspace's FAQ. threshold: the least score that is sure; None: learn how sure it has to be.

    dismissed: customers' texts that the owner dismissed, each with the question of the FAQ that is no answer to it.
    Learning takes up to about a second of processor time for 500 FAQs: where others wait, make it in a thread.
    """

    def __init__(
        self, faqs: Sequence[Faq], threshold: float | None = None, dismissed: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._questions = KnownQuestions(faqs)
        self._threshold = threshold
        self._refused = DismissedTexts(self._questions, dismissed)
        learnt = None if threshold is not None else calibrate(self._questions, self._refused.texts)
        self.calibration: Calibration | None = learnt

    def match(self, text: str) -> FaqMatch | None:
        """The best answer to a customer's text; None when nothing is alike."""
        ranked = self.ranked(text, 1)
        return ranked[0] if ranked else None

    def ranked(self, text: str, limit: int) -> list[FaqMatch]:
        """The FAQs that come nearest, best first; only the first may be sure."""
        words = self._questions.words(text)
        if not words:
            return []
        if words in self._questions.exact:
            return self._said_exactly(words)
        return self._compared(words, limit)

    def rivals(self, text: str, limit: int) -> list[FaqMatch]:
        """The FAQs that come nearest to a text that may be a known question itself, that one among them."""
        words = self._questions.words(text)
        return self._compared(words, limit) if words else []

    def _compared(self, words: tuple[str, ...], limit: int) -> list[FaqMatch]:
        questions = self._questions
        asked = questions.asked(words)
        judged = assess(questions, asked)
        if judged is None:
            return []
        found = []
        for place, fit in enumerate(judged.fits[:limit]):
            doubt = self._doubt(asked, judged) if place == 0 else "another is nearer"
            certainty = judged.certainty if place == 0 else 0.0
            found.append(self._match(fit.number, fit.score, questions.known[fit.at].text, doubt, certainty))
        return found

    def _said_exactly(self, words: tuple[str, ...]) -> list[FaqMatch]:
        questions = self._questions
        numbers = list(dict.fromkeys(questions.exact[words]))
        different = {questions.answer_of[number] for number in numbers}
        doubt = "it has two answers" if len(different) > 1 else ""
        return [self._match(numbers[0], 1.0, questions.faqs[numbers[0]].question, doubt, 1.0)]

    def _match(self, number: int, score: float, question: str, doubt: str, certainty: float) -> FaqMatch:
        answer = self._questions.faqs[number].answer
        return FaqMatch(answer, round(score, 4), not doubt, number, question, doubt, round(certainty, 4))

    def _doubt(self, asked: Query, judged: Assessment) -> str:
        """Why the best is not to be given; empty when it is."""
        if self._refused.has(asked, judged.best.number):
            return "the owner dismissed a question like it"
        if self.calibration is not None:
            unsure = judged.certainty < self.calibration.threshold
            return judged.mismatch_reason or ("it is not sure enough for this workspace" if unsure else "")
        return judged.mismatch_reason or self._below(asked, judged, self._threshold or 0.0)

    def _below(self, asked: Query, judged: Assessment, threshold: float) -> str:
        score = judged.best.score
        if score < threshold:
            return "the score is below the threshold"
        if score - judged.runner_up_score < _CLOSE:
            return "another answer fits almost as well"
        if asked.content < 2 and score < _FEW:
            return "too few words that matter"
        return ""
