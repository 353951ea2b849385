"""Webhook bodies as the providers send them, one file for each case; read by name."""

from pathlib import Path

_HERE = Path(__file__).parent


def payload(provider: str, name: str) -> bytes:
    """The body of a fixture, without the line end that the file ends with."""
    suffix = "json" if provider == "meta" else "txt"
    return (_HERE / provider / f"{name}.{suffix}").read_bytes().rstrip(b"\n")


def names(provider: str) -> list[str]:
    return sorted(path.stem for path in (_HERE / provider).iterdir())
