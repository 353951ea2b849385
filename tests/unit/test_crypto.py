"""`shared.crypto`: secrets decrypt only with our keys, for their workspace and field."""

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
def test_encrypted_value_decrypts_for_its_workspace_and_field(value: str, workspace: str, field: str) -> None:
    stored = SECRETS.encrypt(value, workspace=workspace, field=field)
    assert SECRETS.decrypt(stored, workspace=workspace, field=field) == value
    assert SECRETS.opens(stored, value, workspace=workspace, field=field)
    assert not SECRETS.opens(stored, value + "x", workspace=workspace, field=field)


@pytest.mark.parametrize(
    ("workspace", "field"),
    [("rival", "main.access_token"), ("acme", "tw.access_token"), ("acme", ""), ("acme\x1fmain", "access_token")],
)
def test_value_moved_to_another_workspace_or_field_does_not_decrypt(workspace: str, field: str) -> None:
    """Copying a document's secret into another workspace gives nothing, to nobody."""
    stored = SECRETS.encrypt("token", **PLACE)
    with pytest.raises(SecretUnreadable, match="does not decrypt"):
        SECRETS.decrypt(stored, workspace=workspace, field=field)
    assert not SECRETS.opens(stored, "token", workspace=workspace, field=field)


@given(st.integers(0, 1000), st.integers(1, 255))
def test_changed_byte_does_not_decrypt(position: int, change: int) -> None:
    head, _, encoded = SECRETS.encrypt("a token", **PLACE).rpartition(":")
    sealed = bytearray(b64decode(encoded))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(SecretUnreadable):
        SECRETS.decrypt(f"{head}:{b64encode(sealed).decode()}", **PLACE)


@given(st.one_of(st.text(), st.text().map(lambda tail: f"v1:k1:{tail}")))
def test_any_other_text_raises_secret_unreadable(stored: str) -> None:
    with pytest.raises(SecretUnreadable):
        SECRETS.decrypt(stored, **PLACE)
    assert not SECRETS.opens(stored, "token", **PLACE)


def test_same_value_is_encrypted_differently_each_time() -> None:
    assert len({SECRETS.encrypt("token", **PLACE) for _ in range(20)}) == 20


def test_old_keys_still_decrypt() -> None:
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


def test_other_key_with_the_same_id_does_not_decrypt() -> None:
    stored = SECRETS.encrypt("token", **PLACE)
    with pytest.raises(SecretUnreadable) as refused:
        Secrets({"k1": b"2" * 32}).decrypt(stored, **PLACE)
    assert "token" not in str(refused.value).replace("access_token", "")
