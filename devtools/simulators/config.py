"""Settings of the simulators, changed by `POST /_sim/config` at run time."""

import os
from typing import Any, Literal

import msgspec

PROVIDERS = ("meta", "twilio", "anthropic", "openrouter", "msg91")

Provider = Literal["meta", "twilio", "anthropic", "openrouter", "msg91"]
Status = Literal["sent", "delivered", "read", "failed", "undelivered"]


class ProviderConfig(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Settings of one provider. Times are in seconds."""

    latency: float = 0.0
    jitter: float = 0.0  # maximum random addition to the latency
    statuses: list[Status] = msgspec.field(default_factory=lambda: ["sent", "delivered", "read"])
    status_delay: float = 0.05  # before the first status and between statuses
    status_order: Literal["normal", "reversed", "shuffled"] = "normal"
    duplicates: int = 0  # repetitions of each status
    batch: int = 100  # maximum statuses per Meta webhook; Meta documents up to 1,000
    retries: int = 20  # of a webhook that was not answered with 200
    backoff: float = 0.1  # before the first retry; doubles up to 5 s (Meta: at once, then ever slower for 7 days)
    window_seconds: float | None = None  # the customer-service window; None: not enforced
    throughput: float | None = None  # messages per second and number; None: not enforced
    pair_seconds: float | None = None  # interval of messages to one customer; None: not enforced (Meta: 6)
    pair_burst: int = 45  # messages that may exceed the pair rate


class SimulatorConfig:
    """The settings of all providers."""

    def __init__(self) -> None:
        self.providers: dict[str, ProviderConfig] = {}
        self.reset()

    def reset(self) -> None:
        self.providers = {name: ProviderConfig() for name in PROVIDERS}

    def __getitem__(self, provider: str) -> ProviderConfig:
        return self.providers[provider]

    def update(self, changes: dict[str, Any]) -> None:
        """Merge partial settings by provider. Raises msgspec.ValidationError or KeyError without changing anything."""
        merged = dict(self.providers)
        for name, values in changes.items():
            current = msgspec.to_builtins(self.providers[name])
            merged[name] = msgspec.convert(current | values, ProviderConfig)
        self.providers = merged


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Target and signing secrets of webhooks."""

    ingress_url: str = ""
    public_base_url: str = ""
    meta_app_secret: str = ""
    meta_verify_token: str = ""

    @classmethod
    def load(cls) -> "Environment":
        return cls(
            ingress_url=os.environ.get("SIM_INGRESS_URL", "").rstrip("/"),
            public_base_url=os.environ.get("PUBLIC_BASE_URL", "").rstrip("/"),
            meta_app_secret=os.environ.get("META_APP_SECRET", ""),
            meta_verify_token=os.environ.get("META_VERIFY_TOKEN", ""),
        )
