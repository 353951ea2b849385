"""What delivery remembers of its own claims."""

import pytest

from services.delivery.sending.own_claims import OwnClaims


def test_a_claim_whose_making_failed_has_no_call() -> None:
    calls = OwnClaims("a:1:")
    good, lost = calls.new_claim(), calls.new_claim()
    with calls.preparing(good):
        pass
    with pytest.raises(ConnectionError), calls.preparing(lost):
        raise ConnectionError
    assert [calls.was_never_called(claim) for claim in (good, lost, "b:1:1")] == [False, True, False]


def test_a_call_runs_until_it_ends_however_it_ends() -> None:
    calls = OwnClaims("a:1:")
    claim = calls.new_claim()
    with pytest.raises(TimeoutError), calls.calling(claim):
        assert calls.is_calling(claim)
        raise TimeoutError
    assert not calls.is_calling(claim)
