"""Secrets at rest: opened only with a key of ours, for the workspace and field for which they were sealed."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import Secrets, SecretUnreadable

OLD, NEW = {"k1": b"1" * 32}, {"k2": b"2" * 32}
SECRETS = Secrets(OLD)
PLACE = {"workspace": "acme", "field": "main.access_token"}
text = st.text(st.characters(exclude_categories=["Cs"]))


@given(text, text, text)
def test_what_was_sealed_opens_in_its_place(value: str, workspace: str, field: str) -> None:
    stored = SECRETS.encrypt(value, workspace=workspace, field=field)
    assert SECRETS.decrypt(stored, workspace=workspace, field=field) == value
    assert SECRETS.opens(stored, value, workspace=workspace, field=field)
    assert not SECRETS.opens(stored, value + "x", workspace=workspace, field=field)


@pytest.mark.parametrize(
    ("workspace", "field"),
    [("rival", "main.access_token"), ("acme", "tw.access_token"), ("acme", ""), ("acme\x1fmain", "access_token")],
)
def test_moved_to_another_place_it_does_not_open(workspace: str, field: str) -> None:
    """Copying a document's secret into another workspace gives nothing, to nobody."""
    stored = SECRETS.encrypt("token", **PLACE)
    with pytest.raises(SecretUnreadable, match="does not decrypt"):
        SECRETS.decrypt(stored, workspace=workspace, field=field)
    assert not SECRETS.opens(stored, "token", workspace=workspace, field=field)


@given(st.integers(0, 1000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    head, _, encoded = SECRETS.encrypt("a token", **PLACE).rpartition(":")
    sealed = bytearray(b64decode(encoded))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(SecretUnreadable):
        SECRETS.decrypt(f"{head}:{b64encode(sealed).decode()}", **PLACE)


@given(st.one_of(st.text(), st.text().map(lambda tail: f"v1:k1:{tail}")))
def test_anything_else_is_unreadable_and_nothing_worse(stored: str) -> None:
    with pytest.raises(SecretUnreadable):
        SECRETS.decrypt(stored, **PLACE)
    assert not SECRETS.opens(stored, "token", **PLACE)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert len({SECRETS.encrypt("token", **PLACE) for _ in range(20)}) == 20


def test_keys_can_be_changed_without_a_stop() -> None:
    """The new key first, the old one behind it; when all is sealed anew, the old one goes."""
    old = SECRETS.encrypt("token", **PLACE)
    both = Secrets({**NEW, **OLD})
    assert both.decrypt(old, **PLACE) == "token"
    assert not both.opens(old, "token", **PLACE), "sealed with the old key it counts as changed, and is sealed anew"
    new = both.encrypt("token", **PLACE)
    assert new.startswith("v1:k2:")
    assert Secrets(NEW).decrypt(new, **PLACE) == "token"
    with pytest.raises(SecretUnreadable, match="key `k1`, which SECRETS_KEY lacks"):
        Secrets(NEW).decrypt(old, **PLACE)


def test_a_key_of_the_same_name_with_other_bytes_does_not_open() -> None:
    stored = SECRETS.encrypt("token", **PLACE)
    with pytest.raises(SecretUnreadable) as refused:
        Secrets({"k1": b"2" * 32}).decrypt(stored, **PLACE)
    assert "token" not in str(refused.value).replace("access_token", "")
