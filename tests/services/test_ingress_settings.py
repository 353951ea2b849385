"""Ingress says at its start what its settings do not allow."""

import pytest

from services.ingress.main import without_meta
from shared.settings import Settings


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "META_APP_SECRET is missing, so /webhooks/meta refuses all messages; META_VERIFY_TOKEN is missing"),
        ({"META_APP_SECRET": "s"}, "META_VERIFY_TOKEN is missing, so Meta cannot register"),
        ({"META_VERIFY_TOKEN": "v"}, "META_APP_SECRET is missing"),
        ({"META_APP_SECRET": "s", "META_VERIFY_TOKEN": "v"}, ""),
    ],
)
def test_missing_secrets_of_meta_are_named(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
) -> None:
    for name in ("META_APP_SECRET", "META_VERIFY_TOKEN"):
        monkeypatch.setenv(name, given.get(name, ""))
    said = without_meta(Settings())
    assert said.startswith(missing)
    assert bool(said) is bool(missing)
