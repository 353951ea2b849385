"""Gives a customer tags, or takes them away."""

from collections.abc import Iterable

from shared.domain.conversation import CustomerChange
from shared.domain.customer import normalised_tag
from shared.operations.customers.queries import CustomerQueries
from shared.operations.errors import OperationRefused


class TagsInvalid(OperationRefused):
    """Raised when no tag is to be added or removed, or the same tag is to be both."""

    reason = "tags-invalid"


def tag_change(add: Iterable[str], remove: Iterable[str]) -> CustomerChange:
    """Return the change with normalised tags. Raises TagsInvalid."""
    added, removed = ({normalised_tag(one) for one in tags} - {""} for tags in (add, remove))
    if not added | removed or added & removed:
        raise TagsInvalid("name tags to add or to remove; no tag can be in both")
    return CustomerChange(add_tags=tuple(sorted(added)), remove_tags=tuple(sorted(removed)))


async def change_tags(queries: CustomerQueries, reference: str, change: CustomerChange, cause: str) -> list[str]:
    """Change the tags of a customer, and return all its tags. cause: the id of this request; a repetition changes
    nothing. Raises CustomerNotFound, DependencyAway.
    """
    customer = await queries.get(reference)
    await queries.customers.apply(customer["id"], change, cause, queries.now)
    return list((await queries.get(customer["id"]))["tags"])
