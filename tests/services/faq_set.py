"""The labelled questions of `tests/data/faq`, and figures of an index on them.

Three businesses with clean questions, and three larger sets in `intents`: a bank's app with 77 intents, an
assistant with 150, and the chats of a shop with 40. Of the questions in those, three of ten have no answer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from shared.faq.index import FaqIndex, FaqMatch
from shared.workspace.config import Faq

PLACE = Path(__file__).parents[1] / "data" / "faq"
BUSINESSES = tuple(sorted(path.stem for path in PLACE.glob("*.yaml")))
INTENTS = tuple(sorted(path.stem for path in (PLACE / "intents").glob("*.txt")))
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's text and the id of the FAQ that answers it; `NOTHING`: none does."""

    business: str
    text: str
    faq: str

    @property
    def held_out(self) -> bool:
        """True for the half, chosen by the text, that was not used while the index was tuned."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Judged:
    """The match of a labelled question. right: a sure match of the labelled FAQ."""

    asked: Asked
    match: FaqMatch | None
    sure: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The quality of the FAQ on a set of questions. precision: share of the answers that are right. coverage: share of
    the answerable questions that were answered rightly.

    refused: share of the unanswerable texts that were not answered.
    """

    questions: int
    unanswerable: int
    answered: int
    right: int
    coverage: float
    precision: float
    refused: float


Labelled = tuple[tuple[str, ...], tuple[Faq, ...], tuple[Asked, ...]]
"""The ids of the FAQs, the FAQs, and the labelled questions."""


@cache
def read(business: str) -> Labelled:
    """Return a set by its name."""
    if business in INTENTS:
        return _intents(business)
    data = yaml.safe_load((PLACE / f"{business}.yaml").read_text(encoding="utf-8"))
    faqs = tuple(Faq(question=row[0], answer=row[1], variants=tuple(row[2:])) for row in data["faqs"].values())
    asked = tuple(Asked(business, text, faq) for faq, texts in data["asked"].items() for text in texts)
    return tuple(data["faqs"]), faqs, asked


def _intents(name: str) -> Labelled:
    names, faqs, asked, unanswerable = [], [], [], []
    for line in (PLACE / "intents" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition("||")
        faq, *texts = (text.strip() for text in left.split("|"))
        questions = [text.strip() for text in right.split("|")]
        if line.startswith("#"):
            continue
        if faq == NOTHING:
            unanswerable += [Asked(name, text, NOTHING) for text in questions]
            continue
        names.append(faq)
        faqs.append(Faq(question=texts[0], answer=f"Answer to {faq}.", variants=tuple(texts[1:])))
        asked += [Asked(name, text, faq) for text in questions]
    unanswerable.sort(key=lambda question: hashlib.sha256(question.text.encode()).digest()[1:])
    return tuple(names), tuple(faqs), (*asked, *unanswerable[: len(asked) * 3 // 7])


def judged(threshold: float | None, sets: Sequence[str] = BUSINESSES) -> list[Judged]:
    """Match all texts of some sets with the index of their business. threshold: None: calibrated."""
    found = []
    for business in sets:
        names, faqs, asked = read(business)
        index = FaqIndex(faqs, threshold)
        for question in asked:
            match = index.match(question.text)
            sure = match is not None and match.sure
            right = match is not None and sure and names[match.number] == question.faq
            found.append(Judged(question, match, sure, right))
    return found


def figures(of: Sequence[Judged]) -> Figures:
    """Return the figures of judged questions."""
    questions = [result for result in of if result.asked.faq != NOTHING]
    unanswerable = [result for result in of if result.asked.faq == NOTHING]
    answered = sum(result.sure for result in of)
    right = sum(result.right for result in of)
    return Figures(
        questions=len(questions),
        unanswerable=len(unanswerable),
        answered=answered,
        right=right,
        coverage=right / len(questions),
        precision=right / answered if answered else 1.0,
        refused=sum(not result.sure for result in unanswerable) / len(unanswerable),
    )


def table(threshold: float | None) -> str:
    """Return a table with a line for each set and half."""
    lines = ["set           half      questions  no answer  answered  right  precision  coverage  refused"]
    for name in (*BUSINESSES, *INTENTS):
        all_ = judged(threshold, [name])
        for half, held_out in (("tuning", False), ("held out", True)):
            f = figures([result for result in all_ if result.asked.held_out is held_out])
            lines.append(
                f"{name:<12}  {half:<8}  {f.questions:>9}  {f.unanswerable:>9}  {f.answered:>8}  {f.right:>5}"
                f"  {f.precision:>9.3f}  {f.coverage:>8.3f}  {f.refused:>7.3f}"
            )
    return "\n".join(lines)
