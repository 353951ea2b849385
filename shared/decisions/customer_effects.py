"""Merges the changes of the customer that the stages of one decision make. Pure.

A change is applied once per cause (`shared.repositories.customers`), and a decision has one cause: of two changes only
the first would be stored.
"""

from collections.abc import Iterable
from functools import reduce

import msgspec

from shared.domain.conversation import CustomerChange, Effect
from shared.domain.customer import normalised_tag


def with_one_customer_change(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return the effects with all changes of the customer in the place of the first one."""
    effects = tuple(effects)
    changes = [effect for effect in effects if isinstance(effect, CustomerChange)]
    if len(changes) < 2:
        return effects
    place = effects.index(changes[0])
    others = [effect for effect in effects if not isinstance(effect, CustomerChange)]
    return (*others[:place], reduce(_merged, changes), *others[place:])


def _merged(earlier: CustomerChange, later: CustomerChange) -> CustomerChange:
    """Return the change that has the result of one after the other."""
    return msgspec.structs.replace(
        later,
        add_tags=_tags(earlier.add_tags, later.remove_tags, later.add_tags),
        remove_tags=_tags(earlier.remove_tags, later.add_tags, later.remove_tags),
        fields={**earlier.fields, **later.fields},
        name=later.name or earlier.name,
        opted_out=earlier.opted_out if later.opted_out is None else later.opted_out,
        qualified=earlier.qualified if later.qualified is None else later.qualified,
        marketing=earlier.marketing if later.marketing is None else later.marketing,
        said_at=later.said_at or earlier.said_at,
    )


def _tags(earlier: Iterable[str], undone: Iterable[str], later: Iterable[str]) -> tuple[str, ...]:
    """Return the earlier tags that the later change does not undo, and the later ones."""
    gone = {normalised_tag(tag) for tag in undone}
    return tuple(dict.fromkeys((*(tag for tag in earlier if normalised_tag(tag) not in gone), *later)))
