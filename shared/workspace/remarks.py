"""Remarks on a workspace file that is valid, but may not do what its owner expects. Pure."""

from collections.abc import Iterator

from shared.text.opt_out import languages_without_stop_word
from shared.workspace.config import WorkspaceFile


def remarks(of: WorkspaceFile) -> Iterator[str]:
    """Yield the remarks on a workspace, each a sentence that begins with the field."""
    missing = languages_without_stop_word(of.languages)
    if missing and not of.conversing.stop_words:
        yield (
            f"languages: Parley knows no opt-out word of {', '.join(missing)}: write the usual ones to "
            "`conversing.stop_words`, or customers can only write STOP"
        )
