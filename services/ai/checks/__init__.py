"""What a model may not say to a customer, checked in code: whatever a text has talked it into, this stands behind it.

    link       to a host that the business has not named itself
    contact    a phone number or an e-mail address that is neither the business's nor in the customer's own words
    price      an amount that follows from no price of the catalogue and stands nowhere in the business's own texts
    discount   a percentage off, or something for nothing, that the business has not promised
    leak       the instructions, the marker in them, or a long text that nobody can read

An answer that fails is thrown away like one that never came: the next model is asked, then a person (`answer.py`).
"""

from services.ai.checks.rules import Rules, rules_of
from services.ai.checks.run import problem

__all__ = ["Rules", "problem", "rules_of"]
