"""The change that statuses make in the documents of messages, for one status and for many at once."""

from collections.abc import Sequence

from shared.messages.inbound import InboundStatus, Status
from shared.messages.outbound import status_rank
from shared.repositories import outbound_pipelines
from shared.repositories.outbound_views import OutboundState, StatusOutcome
from shared.storage.mongo import Document
from shared.storage.scoped import Scoped

STATUS_FIELDS = (
    "rank",
    "state",
    "status",
    "channel",
    "conversation_id",
    "correlation_id",
    "provider_message_id",
    "superseded",
    "attempt",
    "charged",
    "since",
    "instead.name",
)


def outcome_of(before: Document, status: InboundStatus) -> StatusOutcome:
    """Return what a status changes in a message whose document was `before`."""
    superseded = status.provider_message_id in before.get("superseded", [])
    advanced = not superseded and status_rank(status.status) > before["rank"]
    reported_before = (
        before["state"] == OutboundState.FAILED.value
        and before.get("provider_message_id") == status.provider_message_id
    )
    return StatusOutcome(
        id=before["_id"],
        channel=before["channel"],
        conversation_id=before["conversation_id"],
        correlation_id=before["correlation_id"],
        advanced=advanced,
        known=not superseded and _reported_status(before) == status.status,
        failed=status.status is Status.FAILED and not superseded and (advanced or reported_before),
        retried=status.status is Status.FAILED and superseded and before["state"] == OutboundState.WAITING.value,
        in_call=before["state"] == OutboundState.SENDING.value,
        attempt=before.get("attempt", 0),
        charged=before.get("charged", 0),
        since=before.get("since"),
        instead=bool(before.get("instead")),
    )


def _reported_status(before: Document) -> str:
    """Return the status that a provider reported, as opposed to one that delivery has set."""
    return str(before["status"]) if before["rank"] > status_rank(Status.QUEUED) else ""


async def apply_together(
    collection: Scoped, statuses: Sequence[InboundStatus], *, history: int
) -> list[StatusOutcome | None]:
    """Apply statuses that have our ids and report no failure, with one look-up and one update for all.

    The result is that of applying them one after another: each document gets the pipelines of all its statuses in one
    operation. None: the message is unknown, and nothing was changed for that status. history: statuses kept.
    """
    ids = list({status.outbound_id: None for status in statuses})
    fields = dict.fromkeys(STATUS_FIELDS, 1)
    found = await collection.find({"_id": {"$in": ids}}, fields=fields, limit=len(ids))
    before = {document["_id"]: document for document in found}
    outcomes: list[StatusOutcome | None] = []
    pipelines: dict[str, list[Document]] = {}
    for status in statuses:
        document = before.get(status.outbound_id)
        outcome = outcome_of(document, status) if document else None
        outcomes.append(outcome)
        if document and outcome:
            pipelines.setdefault(outcome.id, []).extend(outbound_pipelines.apply_status(status, history))
            if outcome.advanced:
                document |= {"rank": status_rank(status.status), "status": status.status.value}
    if pipelines:
        await collection.change_each([({"_id": id_}, pipeline) for id_, pipeline in pipelines.items()])
    return outcomes
