"""Checks in code what a model may not tell a customer, whatever a text has talked it into.

    link       to a host, or a page on a host of many, that the business has not named
    contact    a phone number, an address or an account that is neither the business's nor in the customer's own text
    price      an amount that is no price of the product near it and is not in the texts of the prompt
    discount   a percentage off, or something for free, that the business has not promised
    order      a claim that an order was placed, changed or refunded, where no order is known
    leak       the instructions, the marker in them, or a long text that people cannot read

An answer that fails is requested once more, with the reason; if that fails too, there is a hand-off
(`services/ai/calls/ask.py`).
"""

from services.ai.checks.rules import AnswerRules, rules_of
from services.ai.checks.run import AnswerProblem, check_answer, correction_for, problem_kind

__all__ = ["AnswerProblem", "AnswerRules", "check_answer", "correction_for", "problem_kind", "rules_of"]
