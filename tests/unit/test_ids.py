"""Ids are derived: the same thing has the same id in every process and release, other things have others."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import ids

words = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]))

# Stored documents and messages on the way have these: another value would mean doing everything again.
KNOWN = [
    (ids.message_id("acme", "meta", "wamid.x"), "acme:meta:wamid.x"),
    (ids.status_id("acme", "meta", "wamid.x", "read"), "acme:meta:wamid.x:read"),
    (ids.customer_id("acme", "+2348031234567"), "08f1d293-fbd8-5488-be8c-5e989d014feb"),
    (ids.conversation_id("acme", "main", "+2348031234567"), "9624a037-ac1b-5361-9e93-1941f004bcd5"),
    (ids.output_id("meta:wamid.x", "reply"), "1b8b6abe-3896-5b4e-bc85-e31def4eb9f1"),
    (ids.correlation_id("meta:wamid.x"), "8699dfcfd9b1553c9dabc18b7aaf44a4"),
    (ids.dead_letter_id("inbound.messages", 3, 41, "undecodable"), "3f913c5c-3b50-5d7a-85c8-ed8a8945b50f"),
]


@pytest.mark.parametrize(("made", "known"), KNOWN)
def test_ids_do_not_change_between_releases(made: str, known: str) -> None:
    assert made == known


@given(words, words)
def test_the_same_makes_the_same(one: str, other: str) -> None:
    for make in (ids.customer_id, ids.output_id):
        assert make(one, other) == make(one, other)


names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)  # as `shared.workspace.config` wants a workspace's


@given(names, names, words)
def test_the_same_id_of_a_provider_is_another_message_in_another_workspace(one: str, other: str, given: str) -> None:
    """A tenant may send what it likes under its own app secret, another's message ids too."""
    made = [ids.message_id(workspace, "meta", given) for workspace in (one, other)]
    for ids_of in (made, [ids.status_id(workspace, "meta", given, "read") for workspace in (one, other)]):
        assert (ids_of[0] == ids_of[1]) == (one == other)
    for derived in (ids.correlation_id, lambda cause: ids.output_id(cause, "ai")):
        assert (derived(made[0]) == derived(made[1])) == (one == other)


MAKERS: list[Callable[[str, str, str], str]] = [ids.conversation_id, ids.derived_id]


@pytest.mark.parametrize("make", MAKERS)
@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_other_parts_make_another_id(
    make: Callable[[str, str, str], str], one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """Also when the parts, put together, read the same: ("ab", "c") is not ("a", "bc")."""
    assert (make(*one) == make(*other)) == (one == other)


@given(words, words, st.integers(0, 50))
def test_outputs_of_one_cause_differ(cause: str, kind: str, index: int) -> None:
    made = {ids.output_id(cause, kind, number) for number in range(index + 1)}
    assert len(made) == index + 1
    assert all(str(UUID(one)) == one for one in made)


@given(words)
def test_a_correlation_id_can_be_a_trace_id(cause: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", ids.correlation_id(cause))
    assert int(ids.correlation_id(cause), 16) > 0


def test_kinds_of_ids_do_not_collide() -> None:
    assert ids.customer_id("a", "b") != ids.derived_id("a", "b")
    assert ids.customer_id("a", "b") == ids.derived_id("customer", "a", "b")


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("+5511987654321", "+551187654321", "Brazil"),
        ("+5215512345678", "+525512345678", "Mexico"),
        ("+5491123456789", "+541123456789", "Argentina"),
    ],
)
def test_the_forms_of_a_number_are_one_customer(one: str, other: str, country: str) -> None:
    assert ids.customer_id("acme", one) == ids.customer_id("acme", other), country
    assert ids.conversation_id("acme", "main", one) == ids.conversation_id("acme", "main", other), country
    assert ids.customer_id("acme", one) != ids.customer_id("acme", one[:-1] + "0"), country
