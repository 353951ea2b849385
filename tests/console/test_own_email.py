"""A person changes the own e-mail address: proof, link to the new one, notices to the old one."""

import asyncio

import pytest

from services.console.mail import Mail
from tests.console.console import Client, problem
from tests.console.people import LOGIN, ME, PASSWORD, People

EMAIL, CONFIRM, FORGOT = "/api/v1/me/email", "/api/v1/auth/confirm-email", "/api/v1/auth/forgot"
NEW = "ada@new.example"


@pytest.fixture
def mailing(people: People) -> People:
    return people.other(mail=True)


def sent_to(people: People, address: str) -> list[Mail]:
    return [mail for mail in people.outbox.sent if mail.to == address]


def token_of(mail: Mail) -> str:
    return mail.text.partition("#")[2].split()[0]


async def sign_in(people: People, email: str) -> int:
    return (await people.browser().post(LOGIN, {"email": email, "password": PASSWORD})).status_code


async def ask(browser: Client, email: str = NEW) -> None:
    response = await browser.post(EMAIL, {"email": email})
    assert (response.status_code, response.json()) == (202, {"state": "queued"}), response.text


async def test_address_changes_once_the_link_to_the_new_one_is_opened(mailing: People) -> None:
    ada = await mailing.signed_in("ada")
    await mailing.browser().post(FORGOT, {"email": "ada@example.com"})
    reset = token_of(sent_to(mailing, "ada@example.com")[0])
    await ask(ada, "Ada@New.example")
    assert (await ada.get(ME)).json()["email"] == "ada@example.com", "nothing changes before"
    (confirmation,) = sent_to(mailing, NEW)
    assert "/confirm-email#" in confirmation.text
    assert "is to be changed" in sent_to(mailing, "ada@example.com")[-1].subject
    token = token_of(confirmation)
    answers = await asyncio.gather(*(mailing.browser().post(CONFIRM, {"token": token}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    assert (await ada.get(ME)).json()["email"] == NEW, "the session stays"
    assert "was changed" in sent_to(mailing, "ada@example.com")[-1].subject
    assert [await sign_in(mailing, NEW), await sign_in(mailing, "ada@example.com")] == [200, 401]
    old = await mailing.browser().post("/api/v1/auth/reset", {"token": reset, "password": "trombone-giraffe-seven"})
    assert problem(old) == "conflict", "links to the former address have ended"


async def test_new_person_with_a_former_address_is_somebody_else(mailing: People) -> None:
    ada = await mailing.signed_in("ada", "owner")
    await ask(ada)
    await mailing.browser().post(CONFIRM, {"token": token_of(sent_to(mailing, NEW)[0])})
    other = await mailing.person("ada", None)
    assert other.id != (await ada.get(ME)).json()["id"]
    stranger = await mailing.sign_in("ada")
    assert (await stranger.get(ME)).json()["workspaces"] == []


async def test_taken_address_gets_no_e_mail_and_no_account_changes(mailing: People) -> None:
    ada, bob = await mailing.signed_in("ada"), await mailing.signed_in("bob")
    await ask(ada, "bob@example.com")
    assert mailing.outbox.sent == []
    await ask(ada)
    await ask(bob)
    tokens = [token_of(mail) for mail in sent_to(mailing, NEW)]
    answers = [(await mailing.browser().post(CONFIRM, {"token": token})).status_code for token in tokens]
    assert answers == [409, 204], "the later link to an address replaces the earlier one"
    assert (await ada.get(ME)).json()["email"] == "ada@example.com"


async def test_link_ends_after_half_an_hour(mailing: People) -> None:
    await ask(await mailing.signed_in("ada"))
    mailing.clock.advance(1800)
    late = await mailing.browser().post(CONFIRM, {"token": token_of(sent_to(mailing, NEW)[0])})
    assert problem(late) == "conflict"


async def test_change_needs_a_proof_an_address_and_a_mailer(mailing: People, people: People) -> None:
    ada = await mailing.signed_in("ada")
    assert problem(await ada.post(EMAIL, {"email": "no address"})) == "invalid"
    without = await people.sign_in("ada")
    assert problem(await without.post(EMAIL, {"email": NEW})) == "conflict"
    assert [(await ada.post(EMAIL, {"email": f"a{number}@new.example"})).status_code for number in range(6)] == [
        *[202] * 5,
        429,
    ]
    mailing.clock.advance(601)
    await ada.post("/api/v1/auth/refresh")
    assert problem(await ada.post(EMAIL, {"email": NEW})) == "proof-needed"
