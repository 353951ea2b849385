"""What a model may not say to a customer, checked in code: whatever a text has talked it into, this stands behind it.

    link       to a host, or a page on a host of many, that the business has not named itself
    contact    a phone number, an address or an account that is neither the business's nor in the customer's own words
    price      an amount that is no price of the product near it and stands nowhere in what the prompt gives
    discount   a percentage off, or something for nothing, that the business has not promised
    leak       the instructions, the marker in them, or a long text that nobody can read

An answer that fails is asked for once more, with the reason; if that fails too, a person is asked (`answer.py`).
"""

from services.ai.checks.rules import AnswerRules, rules_of
from services.ai.checks.run import AnswerProblem, check_answer, correction_for, problem_kind

__all__ = ["AnswerProblem", "AnswerRules", "check_answer", "correction_for", "problem_kind", "rules_of"]
