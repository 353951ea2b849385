"""The tables of error codes, row by row."""

import pytest

from shared.providers.errors import ErrorKind as K
from shared.providers.meta import errors as meta
from shared.providers.twilio import errors as twilio

META: list[tuple[K, list[int]]] = [
    (K.CHANNEL, [0, 190, 3, 10, 200, 250, 299, 131005, 33, 133010, 368, 131031, 131037, 131042, 131045]),
    (K.TRANSIENT, [1, 2, 131000, 131016, 133000, 133004, 131057, 131053, 135000]),
    (K.THROTTLE_CHANNEL, [4, 80007, 130429, 133016, 131048]),
    (K.THROTTLE_CUSTOMER, [131056]),
    (K.WINDOW, [131047]),
    (K.OPT_OUT, [131050]),
    (K.PERMANENT, [131049, 130472, 131026, 100, 131008, 131009, 131021, 131051, 131052, 130497]),
    (K.PERMANENT, [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016]),
]
TWILIO: list[tuple[K, list[int]]] = [
    (K.CHANNEL, [20003, 63001, 63007, 63051]),
    (K.THROTTLE_CHANNEL, [20429, 63017, 63018]),
    (K.TRANSIENT, [63009, 63010, 63012]),
    (K.WINDOW, [63016]),
    (K.OPT_OUT, [21610]),
    (K.PERMANENT, [21211, 21408, 21617, 63003, 63005, 63013, 63015, 63024, 63032, 63033, 63049]),
]


@pytest.mark.parametrize(("kind", "codes"), META)
def test_code_of_meta_has_its_error_kind(kind: K, codes: list[int]) -> None:
    for code in codes:
        for error in (
            meta.classify(400, code),
            meta.classify_status_error(str(code)),
            meta.classify_status_error(code),
        ):
            assert (error.kind, error.code) == (kind, str(code))
            assert error.title


@pytest.mark.parametrize(("kind", "codes"), TWILIO)
def test_code_of_twilio_has_its_error_kind(kind: K, codes: list[int]) -> None:
    for code in codes:
        for error in (twilio.classify(400, code), twilio.classify_status_error(str(code))):
            assert (error.kind, error.code) == (kind, str(code))
            assert error.title


def test_tables_have_no_other_codes() -> None:
    assert set(meta.CODES) == {code for _, codes in META for code in codes} - {200, 250, 299}
    assert set(twilio.CODES) == {code for _, codes in TWILIO for code in codes}


def test_known_code_overrides_the_http_status() -> None:
    assert meta.classify(500, 190).kind is K.CHANNEL
    assert twilio.classify(429, 21211).kind is K.PERMANENT


def test_subcode_of_meta_tells_a_missing_number_from_a_wrong_parameter() -> None:
    assert meta.classify(400, 100, subcode=33).kind is K.CHANNEL
    assert meta.classify(400, 100, subcode=2494010).kind is meta.classify(400, 100).kind is K.PERMANENT
    assert meta.classify(400, 190, subcode=463).title == meta.classify(400, 190).title


def test_unknown_code_keeps_the_text_of_the_provider() -> None:
    error = meta.classify(400, 999999, title="New", detail="Because.")
    assert (error.kind, error.code, error.title, error.detail) == (K.PERMANENT, "999999", "New", "Because.")
    assert meta.classify(400, 300).kind is K.PERMANENT, "300 is outside the range of permissions"


def test_unknown_code_in_a_status_is_permanent() -> None:
    for code in ("999999", "", "x"):
        assert meta.classify_status_error(code).kind is K.PERMANENT
        assert twilio.classify_status_error(code).kind is K.PERMANENT


def test_maintenance_waits_at_least_a_minute() -> None:
    assert meta.classify(503, 131057).retry_after == 60.0
    assert meta.classify(503, 131057, retry_after=90.0).retry_after == 90.0
    assert meta.classify(503, 131057, retry_after=5.0).retry_after == 60.0


def test_some_codes_limit_the_attempts() -> None:
    assert meta.classify(400, 131053).max_attempts == 3
    assert meta.classify(400, 135000).max_attempts == 2
    assert meta.classify(400, 131000).max_attempts is None
