"""A stored workspace as a workspace file has it, with a placeholder for each secret. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.messages.inbound import Provider
from shared.providers.registry import PROVIDERS
from shared.workspace.config import WorkspaceFile

Placeholder = Callable[[str], str]
"""Returns the text for the secret at a path such as `channels[main].access_token`."""
_STORED_ONLY = ("_id", "workspace", "revision", "created_at", "updated_at", "ownership")
_PLAIN_CHANNEL_FIELDS = ("messages_per_second", "window_template")


def file_form(document: Mapping[str, Any], secret: Placeholder) -> dict[str, Any]:
    """Return the fields of a stored workspace as `WorkspaceFile` takes them.

    `flows` are names with versions, not paths: `without_flows` takes them away before the form is validated. Fields
    that this version does not know are left out.
    """
    known = {name: value for name, value in document.items() if name in WorkspaceFile.model_fields}
    return {
        **{name: value for name, value in known.items() if name not in _STORED_ONLY},
        "workspace": document["_id"],
        "channels": [_channel(channel, secret) for channel in document.get("channels", ())],
        "webhooks": [_webhook(hook, secret) for hook in document.get("webhooks", ())],
        "flows": [flow for flow in document.get("flows", ()) if isinstance(flow, Mapping)],
    }


def without_flows(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form that `WorkspaceFile` can validate."""
    return {name: value for name, value in form.items() if name != "flows"}


def _channel(channel: Mapping[str, Any], secret: Placeholder) -> dict[str, Any]:
    model = PROVIDERS[Provider(channel["provider"])].channel_model
    plain = {name: channel[name] for name in _PLAIN_CHANNEL_FIELDS if channel.get(name) is not None}
    return {
        "id": channel["id"],
        "provider": channel["provider"],
        "address": channel["address"],
        **model.fields_of(channel.get("settings", {})),
        **{name: secret(f"channels[{channel['id']}].{name}") for name in channel.get("secrets", {})},
        **plain,
    }


def _webhook(hook: Mapping[str, Any], secret: Placeholder) -> dict[str, Any]:
    return {
        "id": hook["id"],
        "url": hook["url"],
        "events": list(hook.get("events", ())),
        "secret": secret(f"webhooks[{hook['id']}].secret"),
    }
