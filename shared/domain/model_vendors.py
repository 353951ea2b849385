"""The vendor of a model, and the key of the model's circuit breaker."""

ANTHROPIC = "anthropic"
OPENROUTER = "openrouter"
BREAKERS = "parley:ai:breaker:"
"""The beginning of the keys of all circuit breakers."""


def vendor_of(model: str) -> str:
    """Return the vendor: OpenRouter's models are named `vendor/model`; all others are Anthropic's."""
    return OPENROUTER if "/" in model else ANTHROPIC


def breaker_name(model: str) -> str:
    """Return the name of a model's circuit breaker."""
    return f"{vendor_of(model)}:{model}"


def breaker_key(name: str) -> str:
    """Return the key in Redis of the circuit breaker with this name."""
    return f"{BREAKERS}{name}"
