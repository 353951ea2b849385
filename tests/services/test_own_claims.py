"""Claims of this process: called, never called."""

import pytest

from services.delivery.sending.own_claims import OwnClaims


def test_claim_that_could_not_be_stored_was_never_called() -> None:
    calls = OwnClaims("a:1:")
    good, lost = calls.new_claim(), calls.new_claim()
    with calls.preparing(good):
        pass
    with pytest.raises(ConnectionError), calls.preparing(lost):
        raise ConnectionError
    assert [calls.was_never_called(claim) for claim in (good, lost, "b:1:1")] == [False, True, False]


def test_call_ends_also_with_an_error() -> None:
    calls = OwnClaims("a:1:")
    claim = calls.new_claim()
    with pytest.raises(TimeoutError), calls.calling(claim):
        assert calls.is_calling(claim)
        raise TimeoutError
    assert not calls.is_calling(claim)
