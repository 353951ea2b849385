"""Causes of alerts, each done to a running stack, kept up until the alerts fire, and mended."""

from tests.observability.causes import channels, consumers, disks, inbound, models, provider, stores, webhooks_out
from tests.observability.scene import Group

GROUPS: tuple[Group, ...] = (
    consumers.GROUP,
    stores.GROUP,
    models.GROUP,
    channels.GROUP,
    provider.GROUP,
    inbound.GROUP,
    webhooks_out.GROUP,
    disks.GROUP,
)
CAUSES = tuple(cause for group in GROUPS for cause in group.causes)
NOT_PROVOKED: dict[str, str] = {}
"""Alerts without a cause here, with the reason."""
