"""The labelled questions of `tests/data/faq`, and how an index does on them.

Three businesses with clean questions, and three larger sets in `intents`: a bank's app with 77 matters, an assistant
with 150, and the chats of a shop with 40. Of what is asked in those, three of ten texts are answered by nothing.
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
    """A customer's text and the FAQ that it asks for; `NOTHING`: none."""

    business: str
    text: str
    faq: str

    @property
    def held_out(self) -> bool:
        """Half of them, by their text alone: these were not looked at while the index was tuned."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Judged:
    """What an index said to it. right: sure of the FAQ that was asked for."""

    asked: Asked
    match: FaqMatch | None
    sure: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """precision: of the answers given, those that were right. coverage: of the questions that have one, those given it.

    refused: of the texts that nothing answers, those that were not answered.
    """

    questions: int
    strangers: int
    answered: int
    right: int
    coverage: float
    precision: float
    refused: float


Labelled = tuple[tuple[str, ...], tuple[Faq, ...], tuple[Asked, ...]]
"""The ids, the FAQs, and what is asked."""


@cache
def read(business: str) -> Labelled:
    """A set, by its name."""
    if business in INTENTS:
        return _intents(business)
    data = yaml.safe_load((PLACE / f"{business}.yaml").read_text(encoding="utf-8"))
    faqs = tuple(Faq(question=row[0], answer=row[1], variants=tuple(row[2:])) for row in data["faqs"].values())
    asked = tuple(Asked(business, text, faq) for faq, texts in data["asked"].items() for text in texts)
    return tuple(data["faqs"]), faqs, asked


def _intents(name: str) -> Labelled:
    names, faqs, asked, strangers = [], [], [], []
    for line in (PLACE / "intents" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition("||")
        faq, *texts = (text.strip() for text in left.split("|"))
        said = [text.strip() for text in right.split("|")]
        if line.startswith("#"):
            continue
        if faq == NOTHING:
            strangers += [Asked(name, text, NOTHING) for text in said]
            continue
        names.append(faq)
        faqs.append(Faq(question=texts[0], answer=f"Answer to {faq}.", variants=tuple(texts[1:])))
        asked += [Asked(name, text, faq) for text in said]
    strangers.sort(key=lambda one: hashlib.sha256(one.text.encode()).digest()[1:])
    return tuple(names), tuple(faqs), (*asked, *strangers[: len(asked) * 3 // 7])


def judged(threshold: float | None, sets: Sequence[str] = BUSINESSES) -> list[Judged]:
    """All texts of some sets, each put to the index of its business. threshold: None: learnt."""
    found = []
    for business in sets:
        names, faqs, asked = read(business)
        index = FaqIndex(faqs, threshold)
        for one in asked:
            match = index.match(one.text)
            sure = match is not None and match.sure
            right = match is not None and sure and names[match.number] == one.faq
            found.append(Judged(one, match, sure, right))
    return found


def figures(of: Sequence[Judged]) -> Figures:
    """What they add up to."""
    questions = [one for one in of if one.asked.faq != NOTHING]
    strangers = [one for one in of if one.asked.faq == NOTHING]
    answered = sum(one.sure for one in of)
    right = sum(one.right for one in of)
    return Figures(
        questions=len(questions),
        strangers=len(strangers),
        answered=answered,
        right=right,
        coverage=right / len(questions),
        precision=right / answered if answered else 1.0,
        refused=sum(not one.sure for one in strangers) / len(strangers),
    )


def table(threshold: float | None) -> str:
    """A line for each set and half."""
    lines = ["set           half      questions  strangers  answered  right  precision  coverage  refused"]
    for name in (*BUSINESSES, *INTENTS):
        all_ = judged(threshold, [name])
        for half, held_out in (("tuning", False), ("held out", True)):
            f = figures([one for one in all_ if one.asked.held_out is held_out])
            lines.append(
                f"{name:<12}  {half:<8}  {f.questions:>9}  {f.strangers:>9}  {f.answered:>8}  {f.right:>5}"
                f"  {f.precision:>9.3f}  {f.coverage:>8.3f}  {f.refused:>7.3f}"
            )
    return "\n".join(lines)
