"""Types of fields that several kinds of files have: names, secrets and ids of providers."""

from typing import Annotated

from pydantic import StringConstraints

from shared.validation import formats

Name = Annotated[str, StringConstraints(pattern=formats.NAME)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
ProviderId = Annotated[str, StringConstraints(pattern=formats.PROVIDER_ID)]
