"""Remarks on a workspace file that is valid, but may not do what its owner expects. Pure."""

from collections.abc import Iterator

from shared.text.opt_out import languages_without_stop_word
from shared.workspace.config import WorkspaceFile

MAX_LISTED = 60_000
"""Characters of the catalogue and of the FAQ in the cached part of a model's prompt, each."""


def remarks(of: WorkspaceFile) -> Iterator[str]:
    """Yield the remarks on a workspace, each a sentence that begins with the field."""
    missing = languages_without_stop_word(of.languages)
    if missing and not of.conversing.stop_words:
        yield (
            f"languages: Parley knows no opt-out word of {', '.join(missing)}: write the usual ones to "
            "`conversing.stop_words`, or customers can only write STOP"
        )
    sizes = {
        "faqs": sum(len(faq.question) + len(faq.answer) + 8 for faq in of.faqs),
        "catalog": sum(len(f"{one.name} {one.sku} {one.price} {one.description}") + 12 for one in of.catalog),
    }
    for field, size in sizes.items():
        if size > MAX_LISTED:
            yield (
                f"{field}: with about {size:,} characters it does not fit a model's prompt whole ({MAX_LISTED:,}): "
                "models get the first entries and those nearest to each question"
            )
