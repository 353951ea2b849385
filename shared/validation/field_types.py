"""Types of fields that several kinds of files have: names, secrets and ids of providers."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from shared.validation import formats

_FIRST_YEAR, _LAST_YEAR = 2000, 2099
Name = Annotated[str, StringConstraints(pattern=formats.NAME)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
ProviderId = Annotated[str, StringConstraints(pattern=formats.PROVIDER_ID)]


def within_this_century(at: datetime) -> datetime:
    """Return a time that can be moved by years and to any time zone. Raises ValueError."""
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at
