"""Preview of a broadcast: the messages that some real people of its audience would get."""

from typing import Annotated

from services.console.api.broadcast_bodies import BroadcastDraft
from services.console.api.broadcasts import Writer, draft_with_audience
from services.console.audit import NOT_AUDITED
from services.console.conversation_access import workspace_of
from services.console.idempotency import REPEATABLE
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.broadcast import Variant
from shared.operations.broadcasts.preview import PreviewedMessage, preview
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.operations.inbox.customers import shown_number, shown_text
from shared.repositories.erasure_guard import ErasureGuard

router = workspace_router("/broadcasts", "broadcasts")

_PREVIEWED = 3  # people


class PreviewedPerson(AnswerModel):
    """A person of the audience. text: as the customer will read it; empty: of a flow. skipped: why the person gets
    nothing; empty: gets it. parameters, header: values of the template. variant: of a comparison; null: it is none.
    """

    customer_id: str
    name: str
    phone: str
    text: str
    skipped: str
    parameters: list[str]
    header: str
    variant: Variant | None


class BroadcastPreview(AnswerModel):
    """Some real people of the audience."""

    items: list[PreviewedPerson]


@router.post("/preview", dependencies=[REPEATABLE, NOT_AUDITED])
async def preview_broadcast(
    body: BroadcastDraft, caller: Writer, _: Annotated[None, limited(SIMULATIONS)], parts: PartsOf
) -> BroadcastPreview:
    """Return what up to three real people would get, those who get something first; nothing is stored or sent."""
    workspace = await workspace_of(parts, caller)
    draft, recipients = await draft_with_audience(parts, caller, body, workspace)
    needs_all_conversations(caller)
    if not caller.has(Right.CUSTOMERS_READ):
        raise Problem("not-allowed", "it shows customers, which this role or key may not read")
    profiles = RecipientProfiles(parts.mongo, ErasureGuard(parts.mongo, parts.clock))
    found = await preview(parts.mongo, profiles, draft, workspace, parts.clock.now(), recipients, _PREVIEWED)
    return BroadcastPreview(items=[_previewed(one, numbers=caller.has(Right.PHONE_NUMBERS)) for one in found])


def _previewed(found: PreviewedMessage, *, numbers: bool) -> PreviewedPerson:
    phone = found.identity if found.identity.startswith("+") else ""
    return PreviewedPerson(
        customer_id=found.customer_id,
        name=shown_text(found.name, numbers=numbers),
        phone=shown_number(phone, in_full=numbers),
        text=shown_text(found.text, numbers=numbers),
        skipped=found.skipped,
        parameters=[shown_text(one, numbers=numbers) for one in found.parameters],
        header=shown_text(found.header, numbers=numbers),
        variant=found.variant,
    )
