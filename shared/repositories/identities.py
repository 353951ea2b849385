"""Links from identities to customers' keys (`shared.domain.identities`). Ingress registers new writers; the router
corrects links.

Customers without links (imported ones, and those older than links) are found by their own documents.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pymongo import IndexModel

from shared.domain import ids
from shared.domain.identities import IdentityLink, ResolvedCustomer, is_identity, key_after, resolve
from shared.domain.phone import canonical, variants
from shared.repositories import customers
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "identities"
_KEPT = 86_400  # seconds that a removed link's tombstone is kept, for other processes' caches
INDEXES = [
    IndexModel([("workspace", 1), ("key", 1)], name="key"),
    IndexModel([("changed_at", 1)], name="changed", partialFilterExpression={"changed_at": {"$type": "date"}}),
    IndexModel([("forgotten_at", 1)], name="forgotten", expireAfterSeconds=_KEPT),
]
_ATTEMPTS = 3  # to register what another replica registers at the same time
_MOST = 1000
_OF_CUSTOMER: Document = dict.fromkeys(("identity", "identities", "phone", "former_ids", "first_seen_at"), 1)


class Identities:
    """Links of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._links = Scoped(mongo.collection(COLLECTION), workspace)
        self._customers = Scoped(mongo.collection(customers.COLLECTION), workspace)
        self._workspace = workspace

    async def resolve(self, people: Sequence[tuple[str, ...]], at: datetime) -> list[ResolvedCustomer]:
        """Return the customer of each person. people: the identities of each
        (`shared.domain.identities.identities_of`).

        New identities are registered; the first registration of an identity wins. at: when they wrote, for new ones.
        """
        wanted = {identity for person in people for identity in person}
        resolved: list[ResolvedCustomer] = []
        for _ in range(_ATTEMPTS):
            found = await self._find(wanted)
            resolved = [_resolve(person, found, at) for person in people]
            missing = _missing(people, resolved, found, at)
            if not missing or all(await self._register(missing)):
                break
        return resolved

    async def key_of(self, identities: Sequence[str]) -> str | None:
        """Return the key of the customer with any of these identities, or None. Registers nothing."""
        wanted = [canonical(one) for one in identities]
        found = await self._find(wanted)
        return resolve(wanted, found.links).key if any(found.links.values()) else None

    async def keys_of(self, identities: Sequence[str]) -> dict[str, str]:
        """Return the keys of the identities that have one. Registers nothing."""
        found = await self._find(map(canonical, identities))
        return {
            one: resolve([canonical(one)], found.links).key for one in identities if found.links.get(canonical(one))
        }

    async def customer_id(self, identity: str) -> str:
        """Return the customer's id for an identity in any form; for an unknown one, the id that its first message would
        get.
        """
        return ids.customer_id(self._workspace, await self.key_of([identity]) or identity)

    async def of_keys(self, keys: Sequence[str]) -> list[str]:
        """Return all identities of the customers with these keys."""
        found = await self._links.find({"key": {"$in": list(keys)}}, fields={"identity": 1}, limit=_MOST)
        return sorted(item["identity"] for item in found)

    async def redirect(self, key: str, former_key: str, identities: Iterable[str], at: datetime) -> None:
        """Redirect links of the former key to `key`. identities: further known ones of the customer, with or without
        links. Idempotent.
        """
        change: Document = {"$set": {"key": {"$literal": key}, "changed_at": "$$NOW"}}
        await self._links.update_many({"key": former_key}, [change])
        for identity in {key, former_key, *map(canonical, identities)}:
            if is_identity(identity):
                await self._upsert(identity, {"key": {"$in": [None, key, former_key]}}, key, at)

    async def assign(self, key: str, identities: Iterable[str], at: datetime) -> list[str]:
        """Assign identities to a customer; return the keys of others who have some already, and keep them."""
        others = set()
        for identity in map(canonical, identities):
            if not await self._upsert(identity, {"key": {"$in": [None, key]}}, key, at):
                taken = await self._links.find_one({"_id": ids.identity_id(self._workspace, identity)})
                others |= {taken["key"]} if taken and taken.get("key") else set()
        return sorted(others - {key})

    async def release(self, number: str, key: str) -> None:
        """Release a number: its next writer is another customer. The former owner's document has another number
        already. Idempotent.
        """
        query: Document = {"_id": ids.identity_id(self._workspace, number), "key": key}
        await self._links.update_many(query, tombstone_update())

    async def forget(self, identities: Iterable[str]) -> None:
        """Remove the links of identities without a stored customer; tombstones stay for a day."""
        names = [ids.identity_id(self._workspace, canonical(one)) for one in identities]
        await self._links.update_many({"_id": {"$in": names}, "key": {"$ne": None}}, tombstone_update())

    async def _find(self, wanted: Iterable[str]) -> "_Found":
        """Look up the links of identities; those without a link are looked up in `customers`."""
        asked = sorted(set(wanted))
        names = [ids.identity_id(self._workspace, one) for one in asked]
        stored = await self._links.find({"_id": {"$in": names}, "key": {"$ne": None}}, limit=max(1, len(asked)))
        links = {
            item["identity"]: [IdentityLink(identity=item["identity"], key=item["key"], at=item["at"])]
            for item in stored
        }
        found = _Found(links, frozenset(links))
        rest = [one for one in asked if one not in links]
        if rest:
            await self._ask_customers(rest, found)
        return found

    async def _ask_customers(self, identities: Sequence[str], found: "_Found") -> None:
        """Add links found in customers' documents for identities that have none."""
        forms = {form: one for one in identities for form in variants(one)}
        theirs = {ids.customer_id(self._workspace, one): one for one in identities}
        known: Document = {"identities": {"$in": sorted(forms)}}
        taken: list[Document] = [{name: {"$in": sorted(theirs)}} for name in ("_id", "former_ids")]
        for item in await self._find_customers([{"$or": [known, taken[0]]}, taken[1]], limit=max(1, 4 * len(forms))):
            key, former = key_of_customer(self._workspace, item), item.get("former_ids", ())
            mine = {forms[one] for one in item.get("identities", ()) if one in forms}
            given_up = {one for name, one in theirs.items() if name in former}
            given_up |= {one for one in mine if _had_before(item, one)}
            for identity in sorted(mine - given_up):
                link = IdentityLink(identity=identity, key=key, at=item["first_seen_at"])
                found.links.setdefault(identity, []).append(link)
            for identity in given_up:
                found.given_up.setdefault(identity, set()).add(key)

    async def _find_customers(self, queries: Sequence[Document], limit: int) -> list[Document]:
        """Return each customer that one of the queries finds. They are no `$or`: MongoDB uses a partial index only if
        the whole query implies its filter.
        """
        found = await asyncio.gather(
            *(self._customers.find(query, fields=_OF_CUSTOMER, limit=limit) for query in queries)
        )
        return list({item["_id"]: item for some in found for item in some}.values())

    async def _register(self, links: Sequence[IdentityLink]) -> list[bool]:
        return list(await asyncio.gather(*map(self._insert, links)))

    async def _insert(self, link: IdentityLink) -> bool:
        """Return whether the identity was registered by this call."""
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

    async def _upsert(self, identity: str, guard: Document, key: str, at: datetime) -> bool:
        """Return whether the identity is linked to the key; not if its present link does not match the guard."""
        name = ids.identity_id(self._workspace, identity)
        known = {"at": {"$ifNull": ["$at", at]}, "identity": identity, "key": {"$literal": key}, "changed_at": "$$NOW"}
        change: list[Document] = [{"$set": known}, {"$unset": "forgotten_at"}]
        try:
            return bool(await self._links.update({"_id": name, **guard}, change, upsert=True))
        except Duplicate:
            return False


def key_of_customer(workspace: str, customer: Document) -> str:
    """Return a stored customer's key: the identity that its id is derived from."""
    given = [customer.get("identity"), customer.get("phone"), *customer.get("identities", ())]
    fitting = (one for one in given if one and ids.customer_id(workspace, one) == customer["_id"])
    return canonical(next(fitting, None) or customer.get("identity") or "")


@dataclass(frozen=True, slots=True)
class _Found:
    """The links that a look-up found. links: by identity. linked: identities with a stored link; other links come from
    customers' documents. given_up: keys of former owners, by identity.
    """

    links: dict[str, list[IdentityLink]]
    linked: frozenset[str]
    given_up: dict[str, set[str]] = field(default_factory=dict)


def _resolve(person: tuple[str, ...], found: _Found, at: datetime) -> ResolvedCustomer:
    """Resolve one person; a new one whose number was another customer's gets a key of its own."""
    if person[0] in found.given_up and not any(found.links.get(one) for one in person):
        return ResolvedCustomer(key=key_after(person[0], at.isoformat()))
    return resolve(person, found.links)


def _had_before(customer: Document, identity: str) -> bool:
    """Return whether an identity is a former number of the customer."""
    number: str = customer.get("phone") or ""
    return bool(number) and identity.startswith("+") and canonical(number) != identity


def tombstone_update() -> list[Document]:
    """Update that reduces a link to a tombstone, kept for a day. Changes are dated by MongoDB: see `identity_cache`."""
    kept: Document = {"_id": "$_id", "workspace": "$workspace", "changed_at": "$$NOW", "forgotten_at": "$$NOW"}
    return [{"$replaceWith": kept}]


def _missing(
    people: Sequence[tuple[str, ...]], resolved: Sequence[ResolvedCustomer], found: _Found, at: datetime
) -> list[IdentityLink]:
    """Return the links to register: none for identities of several unmerged records, and none of a number to a former
    owner.
    """
    made: dict[str, IdentityLink] = {}
    for person, who in zip(people, resolved, strict=True):
        known = {link.key: link.at for one in person for link in found.links.get(one, ())}
        for identity in person:
            owners = found.links.get(identity, [])
            if identity in found.linked or identity in made or len({link.key for link in owners}) > 1:
                continue
            key = owners[0].key if owners else who.key
            if key not in found.given_up.get(identity, ()):
                made[identity] = IdentityLink(identity=identity, key=key, at=known.get(key, at))
    return list(made.values())
