"""Which person an identity belongs to (`shared.identities`). Ingress registers who writes for the first time; the
router changes what turns out to be otherwise.

Customers who were stored before there were links, and those of an import, are found by their own documents.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import IndexModel

from shared import ids
from shared.identities import Link, Resolved, resolve
from shared.phone import canonical, variants
from shared.repositories import customers
from shared.repositories.mongo import Document, Duplicate, Mongo
from shared.repositories.scoped import Scoped

COLLECTION = "identities"
_KEPT = 86_400  # seconds for which it is remembered that a link was removed, for those who have it in memory
INDEXES = [
    IndexModel([("workspace", 1), ("key", 1)], name="key"),
    IndexModel([("changed_at", 1)], name="changed", partialFilterExpression={"changed_at": {"$type": "date"}}),
    IndexModel([("forgotten_at", 1)], name="forgotten", expireAfterSeconds=_KEPT),
]
_TRIES = 3  # of a registration that another replica makes at the same time
_MOST = 1000
_OF_CUSTOMER: Document = dict.fromkeys(("identity", "identities", "phone", "former_ids", "first_seen_at"), 1)


class Identities:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._links = Scoped(mongo.collection(COLLECTION), workspace)
        self._customers = Scoped(mongo.collection(customers.COLLECTION), workspace)
        self._workspace = workspace

    async def resolve(self, people: Sequence[tuple[str, ...]], at: datetime) -> list[Resolved]:
        """Who each of these people is. people: the identities of each (`shared.identities.identities_of`).

        What is new is registered: the first registration of an identity stands, whoever makes another one. at: when
        they wrote, for those who are new.
        """
        wanted = {identity for person in people for identity in person}
        resolved: list[Resolved] = []
        for _ in range(_TRIES):
            found, linked = await self._find(wanted)
            resolved = [resolve(person, found) for person in people]
            missing = _missing(people, resolved, found, linked, at)
            if not missing or all(await self._register(missing)):
                break
        return resolved

    async def key_of(self, identities: Sequence[str]) -> str | None:
        """The key of the person known by any of these; None when nobody is. Registers nothing."""
        wanted = [canonical(one) for one in identities]
        found, _ = await self._find(wanted)
        return resolve(wanted, found).key if any(found.values()) else None

    async def customer_id(self, identity: str) -> str:
        """The id of the customer known by an identity in any of its forms; of one not known, the id that a first
        message would give.
        """
        return ids.customer_id(self._workspace, await self.key_of([identity]) or identity)

    async def of_keys(self, keys: Sequence[str]) -> list[str]:
        """All identities of the people with these keys."""
        found = await self._links.find({"key": {"$in": list(keys)}}, fields={"identity": 1}, limit=_MOST)
        return sorted(item["identity"] for item in found)

    async def forget(self, keys: Sequence[str], identities: Sequence[str], at: datetime) -> int:
        """Remove the links of people who are erased; how many. Of each stays, for a day, that it was there."""
        mine = {"$in": [ids.identity_id(self._workspace, one) for one in identities]}
        query: Document = {"$or": [{"key": {"$in": list(keys)}}, {"_id": mine, "key": {"$ne": None}}]}
        bare: Document = {"_id": "$_id", "workspace": "$workspace", "changed_at": at, "forgotten_at": at}
        return await self._links.update_many(query, [{"$replaceWith": bare}])

    async def _find(self, wanted: Iterable[str]) -> tuple[dict[str, list[Link]], set[str]]:
        """What is known of each identity, and which of them have a link. Only for the others customers are asked."""
        asked = sorted(set(wanted))
        names = [ids.identity_id(self._workspace, one) for one in asked]
        stored = await self._links.find({"_id": {"$in": names}, "key": {"$ne": None}}, limit=max(1, len(asked)))
        found: dict[str, list[Link]] = {
            item["identity"]: [Link(identity=item["identity"], key=item["key"], at=item["at"])] for item in stored
        }
        linked = set(found)
        rest = [one for one in asked if one not in linked]
        if rest:
            for link in await self._owners(rest):
                found.setdefault(link.identity, []).append(link)
        return found, linked

    async def _owners(self, identities: Sequence[str]) -> list[Link]:
        """What customers' documents say about identities of which there are no links."""
        forms = {form: one for one in identities for form in variants(one)}
        query: Document = {"identities": {"$in": sorted(forms)}}
        found = await self._customers.find(query, fields=_OF_CUSTOMER, limit=max(1, 4 * len(forms)))
        return [
            Link(identity=identity, key=self._key(item), at=item["first_seen_at"])
            for item in found
            for identity in sorted({forms[one] for one in item["identities"] if one in forms})
            if ids.customer_id(self._workspace, identity) not in item.get("former_ids", ())  # it was given up
        ]

    def _key(self, customer: Document) -> str:
        """The key of a stored customer: the one of its identities that its id is derived from."""
        given = [customer.get("identity"), customer.get("phone"), *customer.get("identities", ())]
        fitting = (one for one in given if one and ids.customer_id(self._workspace, one) == customer["_id"])
        return canonical(next(fitting, None) or customer["identity"])

    async def _register(self, links: Sequence[Link]) -> list[bool]:
        return list(await asyncio.gather(*map(self._insert, links)))

    async def _insert(self, link: Link) -> bool:
        """Whether nobody else has registered the identity."""
        name = ids.identity_id(self._workspace, link.identity)
        change: Document = {
            "$set": {"identity": link.identity, "key": link.key, "at": link.at},
            "$unset": {"forgotten_at": 1},
        }
        try:
            await self._links.write({"_id": name, "key": None}, change, upsert=True)
        except Duplicate:
            return False
        return True


def _missing(
    people: Sequence[tuple[str, ...]],
    resolved: Sequence[Resolved],
    found: dict[str, list[Link]],
    linked: set[str],
    at: datetime,
) -> list[Link]:
    """The links to make. An identity that leads to several records gets none until they have been merged."""
    made: dict[str, Link] = {}
    for person, who in zip(people, resolved, strict=True):
        known = {link.key: link.at for one in person for link in found.get(one, ())}
        for identity in person:
            owners = found.get(identity, [])
            if identity in linked or identity in made or len({link.key for link in owners}) > 1:
                continue
            key = owners[0].key if owners else who.key
            made[identity] = Link(identity=identity, key=key, at=known.get(key, at))
    return list(made.values())
