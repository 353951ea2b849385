"""Changes of a customer's document: update pipelines that MongoDB applies atomically. Pure.

Each value that is set gets a mark with its time (`marks`), so that a late change never overwrites a newer one, in
whatever order conversations, operators and imports change it. `causes` has the last fifty causes, so that a redelivered
record changes nothing. Every value is a `$literal`, so that a text such as `$tags` is no field reference.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.conversation import CustomerChange, CustomerRegistered
from shared.domain.customer import decimal_text, field_name, name_keys, normalised_tag, storable, tidy_name
from shared.domain.identities import BSUID, is_identity
from shared.messages.inbound import InboundMessage
from shared.repositories.update_expressions import last_items, list_or_empty, literal, union, value_or
from shared.storage.documents import plain
from shared.storage.mongo import Document

MAX_CAUSES = 50
MAX_MARKS = 200
MAX_REFERRALS = 10
MAX_RECENT_ORDERS = 5


def identities_of(phone: str | None, bsuid: str | None, *others: str) -> list[str]:
    """Return the identities among these values."""
    given = {phone, f"bsuid:{bsuid}" if bsuid else None, *others}
    return sorted(identity for identity in given if identity and is_identity(identity))


def record_contact(message: InboundMessage, at: datetime) -> list[Document]:
    """Update for a customer's message. Missing values stay; a name set otherwise outranks the provider's."""
    sender = message.sender
    change: Document = {name: literal(getattr(sender, name)) for name in ("phone", "bsuid") if getattr(sender, name)}
    if sender.username:
        change["username"] = literal(tidy_name(sender.username))
    if sender.name and (name := tidy_name(sender.name)):
        change["name"] = {"$cond": ["$named", "$name", literal(name)]}
        change["name_keys"] = {"$cond": ["$named", "$name_keys", literal(name_keys(name))]}
    if message.context.referral is not None:
        change |= _referred(plain(message.context.referral), at)
    return [
        {
            "$set": change
            | {
                "identity": value_or("identity", sender.identity),
                "identities": union("identities", identities_of(sender.phone, sender.bsuid, sender.identity)),
                "conversations": union("conversations", [message.conversation_id]),
                "first_seen_at": value_or("first_seen_at", at),
                "last_contacted_at": {"$max": ["$last_contacted_at", literal(at)]},
                "created_by": value_or("created_by", "message"),
            }
        }
    ]


def _referred(referral: Document, at: datetime) -> Document:
    """Set the lead source from the first contact's ad, unless an import has set one; later ads are kept as
    referrals."""
    first = {"$eq": [{"$ifNull": ["$last_contacted_at", None]}, None]}
    newest = {
        "$max": ["$last_contacted_at", {"$max": {"$map": {"input": list_or_empty("referrals"), "in": "$$this.at"}}}]
    }
    unknown = {"$and": [first, {"$eq": [{"$ifNull": ["$lead_source", None]}, None]}]}
    later = {"$and": [{"$not": unknown}, {"$or": [first, {"$gt": [literal(at), newest]}]}]}
    return {
        "lead_source": {"$cond": [unknown, literal(referral), {"$ifNull": ["$lead_source", "$$REMOVE"]}]},
        "referrals": {
            "$cond": [
                later,
                last_items(MAX_REFERRALS, list_or_empty("referrals"), [literal(referral | {"at": at})]),
                {"$ifNull": ["$referrals", "$$REMOVE"]},
            ]
        },
    }


def register(customer: CustomerRegistered, conversation_id: str, at: datetime) -> list[Document]:
    """Create a customer who may never have written; present values stay."""
    identity, phone, bsuid = customer.identity, customer.phone, customer.bsuid
    change: Document = {
        "identity": value_or("identity", identity),
        "identities": union("identities", identities_of(phone or None, bsuid or None, identity)),
        "conversations": union("conversations", [conversation_id]),
        "first_seen_at": value_or("first_seen_at", at),
        "created_by": value_or("created_by", "provider"),
    }
    if phone:
        change["phone"] = value_or("phone", phone)
    if bsuid := bsuid or identity.partition(BSUID)[2]:
        change["bsuid"] = value_or("bsuid", bsuid)
    return [{"$set": change}]


def mark_undeliverable(at: datetime) -> list[Document]:
    """Set the time at which nothing could be delivered; the latest one is kept."""
    return [{"$set": {"undeliverable_at": {"$max": ["$undeliverable_at", literal(at)]}}}]


def hold_off(until: datetime) -> list[Document]:
    """Set the time before which no marketing is sent; the latest one is kept."""
    return [{"$set": {"held_off_until": {"$max": ["$held_off_until", literal(until)]}}}]


def apply_change(change: CustomerChange, cause: str, at: datetime) -> list[Document]:
    """Apply a decision's change; for use with a query for documents without the cause."""
    keys = _keys(change)
    return [
        {"$set": {"stale": _newer(keys, at)}},
        *_apply(change, keys, at),
        {"$set": {"causes": last_items(MAX_CAUSES, list_or_empty("causes"), [literal(cause)])}},
    ]


def import_row(
    change: CustomerChange,
    at: datetime,
    *,
    digest: str,
    identities: list[str],
    phone: str,
    bsuid: str,
    lead_source: Document,
) -> list[Document]:
    """Create or change a customer from a row of a file. digest: of the row; the same row again changes nothing.

    A file can opt a customer out, but never in again.
    """
    keys = _keys(change)
    again = {"$eq": ["$imported", literal(digest)]}
    stale = {"$cond": [again, literal(keys), _newer(keys, at)]}
    first: Document = {
        "identity": value_or("identity", identities[0]),
        "identities": union("identities", identities),
        "first_seen_at": value_or("first_seen_at", at),
        "created_by": value_or("created_by", "import"),
    }
    for name, value in (("phone", phone), ("bsuid", bsuid), ("lead_source", lead_source)):
        if value:
            first[name] = value_or(name, value)
    return [
        {"$set": first | {"stale": stale}},
        *_apply(change, keys, at),
        {"$set": {"imported": literal(digest)}},
    ]


def _keys(change: CustomerChange) -> list[str]:
    """Return the marks' keys of a change."""
    keys = [f"tag:{normalised_tag(tag)}" for tag in (*change.add_tags, *change.remove_tags)]
    keys += [f"field:{field_name(name)}" for name in change.fields]
    if tidy_name(change.name):
        keys.append("name")
    keys += [name for name in ("opted_out", "qualified") if getattr(change, name) is not None]
    if change.marketing is not None and change.opted_out is None:
        keys.append("opted_out")
    return keys


def _newer(keys: list[str], at: datetime) -> Document:
    """Return an expression for the keys that were set later than `at`."""
    newer = {"$and": [{"$in": ["$$this.k", literal(keys)]}, {"$gt": ["$$this.at", literal(at)]}]}
    return {"$map": {"input": {"$filter": {"input": list_or_empty("marks"), "cond": newer}}, "in": "$$this.k"}}


def _unless_stale(key: str, new: Any, old: Any) -> Document:
    return {"$cond": [{"$in": [literal(key), "$stale"]}, old, new]}


def _apply(change: CustomerChange, keys: list[str], at: datetime) -> list[Document]:
    """Return stages that set and mark all values not in `stale`, and remove `stale`."""
    values: Document = {}
    if name := tidy_name(change.name):
        values["name"] = _unless_stale("name", literal(name), "$name")
        values["name_keys"] = _unless_stale("name", literal(name_keys(name)), "$name_keys")
        values["named"] = _unless_stale("name", literal(True), "$named")
    if change.qualified is not None:
        values["qualified"] = _unless_stale("qualified", literal(change.qualified), "$qualified")
    values |= _opted_out(change, at)
    if change.add_tags or change.remove_tags:
        values["tags"] = _tags(change)
    fresh = {"$filter": {"input": literal(keys), "cond": {"$not": {"$in": ["$$this", "$stale"]}}}}
    kept = {"$filter": {"input": list_or_empty("marks"), "cond": {"$not": {"$in": ["$$this.k", fresh]}}}}
    marked = {"$map": {"input": fresh, "in": {"k": "$$this", "at": literal(at)}}}
    stages: list[Document] = [{"$set": values}] if values else []
    # One stage per field: `$setField` takes one name, with any characters.
    stages += [{"$set": {"fields": _field(name, value)}} for name, value in change.fields.items() if field_name(name)]
    return [*stages, {"$set": {"marks": last_items(MAX_MARKS, kept, marked)}}, {"$unset": "stale"}]


def _opted_out(change: CustomerChange, at: datetime) -> Document:
    """Set `opted_out`, and `opted_out_of` for marketing only."""
    out = {"$eq": [{"$ifNull": ["$opted_out", False]}, True]}
    of_marketing = {"$and": [out, {"$eq": [{"$ifNull": ["$opted_out_of", ""]}, "marketing"]}]}
    of: Any = "$$REMOVE"
    applies: Any = True
    if change.opted_out is not None:
        after = change.opted_out
    elif change.marketing is False:
        applies = {"$not": out}
        after, of = True, literal("marketing")
    elif change.marketing:
        applies = of_marketing
        after = False
    else:
        return {}
    applies = {"$and": [{"$not": {"$in": ["opted_out", "$stale"]}}, applies]}
    changes = {"$and": [applies, {"$ne": [out, literal(after)]}]}
    return {
        "opted_out": {"$cond": [applies, literal(after), {"$ifNull": ["$opted_out", "$$REMOVE"]}]},
        "opted_out_of": {"$cond": [applies, of, {"$ifNull": ["$opted_out_of", "$$REMOVE"]}]},
        "opted_out_at": {"$cond": [changes, literal(at), {"$ifNull": ["$opted_out_at", "$$REMOVE"]}]},
    }


def _tags(change: CustomerChange) -> Document:
    def fresh(tags: tuple[str, ...]) -> Document:
        names = sorted({normalised_tag(tag) for tag in tags} - {""})
        stale = {"$in": [{"$concat": ["tag:", "$$this"]}, "$stale"]}
        return {"$filter": {"input": literal(names), "cond": {"$not": stale}}}

    added = {"$setUnion": [list_or_empty("tags"), fresh(change.add_tags)]}
    return {"$setDifference": [added, fresh(change.remove_tags)]}


def _field(name: str, value: Any) -> Document:
    key = field_name(name)
    there = {"$ifNull": ["$fields", literal({})]}
    new: Any = "$$REMOVE" if value is None else literal(storable(value))
    setting = {"$setField": {"field": literal(key), "input": there, "value": new}}
    return _unless_stale(f"field:{key}", setting, there)


def count_order(order: Mapping[str, Any], cause: str, at: datetime) -> list[Document]:
    """Count an order: add it to its currency's total and to the recent orders."""
    summary = {name: order.get(name) for name in ("number", "state", "total", "currency", "placed_at")}
    summary |= {"note": order["note"]} if order.get("note") else {}
    others = {
        "$filter": {
            "input": list_or_empty("recent_orders"),
            "cond": {"$ne": ["$$this.number", literal(order["number"])]},
        }
    }
    recent = {"$slice": [{"$concatArrays": [[literal(summary)], others]}, MAX_RECENT_ORDERS]}
    return [
        {
            "$set": {
                "order_count": {"$add": [{"$ifNull": ["$order_count", 0]}, 1]},
                "order_total": with_amount_added(str(order.get("currency") or ""), str(order.get("total") or "")),
                "recent_orders": recent,
                "order_causes": last_items(
                    MAX_CAUSES, list_or_empty("order_causes"), [literal({"cause": cause, "at": at})]
                ),
            }
        }
    ]


def with_amount_added(currency: str, total: str, sums: Any = None) -> Document:
    """Return the totals by currency with an amount added: decimals as text."""
    there = sums or {"$ifNull": ["$order_total", literal({})]}
    field = literal(field_name(currency) or "XXX")  # ISO 4217 for no currency
    before = {"$toDecimal": {"$ifNull": [{"$getField": {"field": field, "input": there}}, "0"]}}
    after = {"$toString": {"$add": [before, {"$toDecimal": literal(decimal_text(total))}]}}
    return {"$setField": {"field": field, "input": there, "value": after}}


def change_address(phone: str | None, bsuid: str | None) -> list[Document]:
    """Set a customer's new number (E.164) or user id; former ones stay among the identities. A failed delivery to the
    old one no longer counts.
    """
    change: Document = {name: literal(value) for name, value in (("phone", phone), ("bsuid", bsuid)) if value}
    change |= {"identities": union("identities", identities_of(phone, bsuid)), "undeliverable_at": "$$REMOVE"}
    return [{"$set": change}]
