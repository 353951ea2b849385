"""Rules for passwords, and their hashes."""

import asyncio
import re
import threading
from typing import Any

import pytest

from services.console.auth.password_rules import problem_of_password
from services.console.auth.passwords import HashCost, Passwords

FAST = HashCost(time=1, memory=8, parallelism=1)
WORDS = ("Ada Lovelace", "ada@example.com", "acme-shoes")

REFUSED = [
    ("elevenchars", "at least 12"),
    ("x" * 129, "at most 128"),
    ("password1234", "common"),
    ("Password!!!!", "common"),
    ("p4ssw0rd1234", "common"),
    ("1qaz2wsx3edc", "common"),
    ("qwertyuiop123", "common"),
    ("aaaaaaaaaaaa", "repetition"),
    ("abcabcabcabcabc", "repetition"),
    ("123456789012", "repetition|common"),
    ("abcdefghijklm", "repetition|common"),
    ("adalovelace1", "your name"),
    ("acme-shoes-2026", "your name"),
    ("parleywhatsapp", "your name"),
    ("ada@example.com", "your name"),
]
ACCEPTED = [
    "correct horse battery staple",
    "żółw na rowerze 7",
    "trombone-giraffe",
    "x9#kPq!2mZ@w",
    "        twelve   spaces",
    "🙂 emoji are characters too",
    "f" + "oobarquxzzyplugh" * 7,
]


@pytest.mark.parametrize(("password", "why"), REFUSED)
def test_weak_password_is_refused_with_a_reason(password: str, why: str) -> None:
    found = problem_of_password(password, WORDS)
    assert found is not None
    assert re.search(why, found), found


@pytest.mark.parametrize("password", ACCEPTED)
def test_long_password_needs_no_special_characters(password: str) -> None:
    assert problem_of_password(password, WORDS) is None


async def test_hash_is_verified_and_salted() -> None:
    passwords = Passwords(FAST)
    stored = await passwords.hash("correct horse battery")
    assert stored != await passwords.hash("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "correct horse battery")
    assert not await passwords.verify(stored, "Correct horse battery")
    assert not await passwords.verify("no hash at all", "correct horse battery")


async def test_unknown_account_costs_one_hash_as_any_other() -> None:
    passwords = Passwords(FAST)
    stored = await passwords.hash("correct horse battery")
    await passwords.prepare()
    before = passwords.hashes
    assert not await passwords.verify(stored, "wrong")
    known = passwords.hashes - before
    assert not await passwords.verify("", "wrong")
    assert passwords.hashes - before - known == known == 1


async def test_hash_of_a_lower_cost_is_outdated() -> None:
    stored = await Passwords(FAST).hash("correct horse battery")
    assert not Passwords(FAST).is_outdated(stored)
    assert Passwords(HashCost(time=2, memory=8, parallelism=1)).is_outdated(stored)


def test_default_cost_is_that_of_the_rfc() -> None:
    stored = Passwords()._hasher.hash("x")
    assert "m=65536,t=3,p=4" in stored
    assert "v=19" in stored


async def test_at_most_two_hashes_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(FAST)
    running, most, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    class Hasher:
        def hash(self, password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            pause.wait(0.02)
            with lock:
                running -= 1
            return "hash"

    hasher: Any = Hasher()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    await asyncio.gather(*(passwords.hash("x") for _ in range(8)))
    assert most == 2
