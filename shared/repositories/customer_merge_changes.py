"""Update pipelines that merge one customer's document into another's. Pure."""

from typing import Any

from shared.domain.identities import is_identity
from shared.repositories.customer_changes import (
    MAX_CAUSES,
    MAX_MARKS,
    MAX_RECENT_ORDERS,
    MAX_REFERRALS,
    hold_off,
    mark_undeliverable,
    with_amount_added,
)
from shared.repositories.update_expressions import last_items, list_or_empty, literal, union, value_or
from shared.storage.mongo import Document


def _merged_opt_out(of: str | None) -> Any:
    """Return an expression for `opted_out_of` of merged records: all messages if either is opted out of all."""
    if of != "marketing":
        return "$$REMOVE"
    all_of_them = {"$and": ["$opted_out", {"$ne": [{"$ifNull": ["$opted_out_of", ""]}, "marketing"]}]}
    return {"$cond": [all_of_them, "$$REMOVE", literal("marketing")]}


def merge_record(old: Document, key: str, token: str) -> list[Document]:
    """Merge the record `old` into that of `key`, which wins where only one value can be kept; opted out if either is.
    token: stored in `merges`, so that the merge is applied once.
    """
    change = _merged_orders_and_fields(old) | {
        "identity": value_or("identity", key),
        "identities": union("identities", [*(old.get("identities") or ()), *filter(is_identity, (key,))]),
        "former_ids": union("former_ids", [*(old.get("former_ids") or ()), old["_id"]]),
        "first_seen_at": {"$min": ["$first_seen_at", literal(old.get("first_seen_at"))]},
        "last_contacted_at": {"$max": ["$last_contacted_at", literal(old.get("last_contacted_at"))]},
        "merges": last_items(MAX_CAUSES, list_or_empty("merges"), [literal(token)]),
        **_name_of_merged(old),
        **merge_flags(old)[0]["$set"],
    }
    for name, most in (("causes", MAX_CAUSES), ("order_causes", MAX_CAUSES), ("referrals", MAX_REFERRALS)):
        change[name] = last_items(most, literal(list(old.get(name) or ())), list_or_empty(name))
    if old.get("undeliverable_at") is not None:
        change |= mark_undeliverable(old["undeliverable_at"])[0]["$set"]
    if old.get("held_off_until") is not None:
        change |= hold_off(old["held_off_until"])[0]["$set"]
    for name in ("lead_source", "created_by", "imported"):
        if old.get(name) is not None:
            change[name] = value_or(name, old[name])
    wrote_later = {"$gt": [literal(old.get("last_contacted_at")), "$last_contacted_at"]}
    for name in ("phone", "bsuid", "username"):  # the one used last
        if old.get(name):
            change[name] = {"$cond": [wrote_later, literal(old[name]), value_or(name, old[name])]}
    return [{"$set": change}]


def merge_flags(old: Document) -> list[Document]:
    """Return the idempotent part of `merge_record`: marks, tags, conversations, and flags set in either record."""
    change: Document = {name: union(name, list(old.get(name) or ())) for name in ("tags", "conversations")}
    change["marks"] = last_items(MAX_MARKS, literal(list(old.get("marks") or ())), list_or_empty("marks"))
    for name in ("qualified", "opted_out"):
        if old.get(name):
            change[name] = literal(True)
    if old.get("opted_out"):
        change["opted_out_of"] = _merged_opt_out(old.get("opted_out_of"))
    if old.get("opted_out_at") is not None:
        change["opted_out_at"] = value_or("opted_out_at", old["opted_out_at"])
    return [{"$set": change}]


def _merged_orders_and_fields(old: Document) -> Document:
    """Return the orders and fields of both records."""
    sums: Document = {"$ifNull": ["$order_total", literal({})]}
    for currency, total in (old.get("order_total") or {}).items():
        sums = with_amount_added(currency, total, sums)
    recent = {"$concatArrays": [list_or_empty("recent_orders"), literal(old.get("recent_orders") or [])]}
    return {
        "order_total": sums,
        "order_count": {"$add": [{"$ifNull": ["$order_count", 0]}, old.get("order_count") or 0]},
        "fields": {"$mergeObjects": [literal(old.get("fields") or {}), "$fields"]},
        "recent_orders": {"$slice": [recent, MAX_RECENT_ORDERS]},
    }


def _name_of_merged(old: Document) -> Document:
    """Take the old record's name unless the other's was set explicitly, or it has one and the old one's was not."""
    if not old.get("name"):
        return {}
    keep = "$named" if old.get("named") else {"$gt": ["$name", None]}
    return {
        name: {"$cond": [keep, {"$ifNull": [f"${name}", "$$REMOVE"]}, literal(old.get(name))]}
        for name in ("name", "name_keys", "named")
    }
