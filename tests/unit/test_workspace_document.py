"""The stored form of a workspace can be read by the version before."""

from shared.crypto import Secrets
from shared.repositories.workspace_document import WorkspaceDocuments
from shared.workspace.config import WorkspaceFile


def _bot(**fields: object) -> dict[str, object]:
    wanted = WorkspaceFile.model_validate({"workspace": "acme", "bot": fields})
    stored: dict[str, object] = WorkspaceDocuments(Secrets({"k1": b"k" * 32})).build(wanted, (), None)["bot"]
    return stored


def test_field_that_is_not_set_is_not_stored() -> None:
    """The version before had a number there, and could not read the workspace."""
    assert "faq_threshold" not in _bot()
    assert _bot(faq_threshold=0.8)["faq_threshold"] == 0.8


def test_other_fields_are_stored_with_their_defaults() -> None:
    assert {"mode", "debounce_ms", "apology"} <= _bot().keys()
