"""Links by e-mail for a new password."""

import asyncio
from datetime import timedelta

from shared.storage.mongo import Mongo
from tests.console.console import problem
from tests.console.people import LOGIN, ME, People
from tests.console.test_sign_in import ADA


async def test_reset_link_works_once_within_thirty_minutes_and_ends_all_sessions(people: People) -> None:
    people = people.other(mail=True)
    browser = await people.signed_in("ada")
    new = "trombone-giraffe-seven"
    await people.browser().post("/api/v1/auth/forgot", {"email": "ada@example.com"})
    first = people.outbox.token()
    await people.browser().post("/api/v1/auth/forgot", {"email": "Ada@example.com"})
    second = people.outbox.token()
    assert first != second
    reset = "/api/v1/auth/reset"
    assert problem(await people.browser().post(reset, {"token": first, "password": new})) == "conflict", "replaced"
    weak = await people.browser().post(reset, {"token": second, "password": "password1234"})
    assert weak.json()["errors"][0]["pointer"] == "#/password"
    answers = await asyncio.gather(
        *(people.browser().post(reset, {"token": second, "password": new}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409, 409]
    assert problem(await browser.get(ME)) == "not-signed-in"
    assert (await people.browser().post(LOGIN, {**ADA, "password": new})).status_code == 200
    await people.browser().post("/api/v1/auth/forgot", {"email": "ada@example.com"})
    people.clock.advance(timedelta(minutes=30).total_seconds())
    late = {"token": people.outbox.token(), "password": "another long password"}
    assert problem(await people.browser().post(reset, late)) == "conflict"


async def test_forgotten_password_tells_nothing_about_accounts(people: People, mongo: Mongo) -> None:
    people = people.other(mail=True)
    gone = await people.person("eve")
    await people.parts.accounts.people.disable(gone)
    await people.person("ada")
    answers = [
        await people.browser().post("/api/v1/auth/forgot", {"email": email})
        for email in ("ada@example.com", "nobody@example.com", "eve@example.com", "no address")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"state":"queued"}')}
    assert [mail.to for mail in people.outbox.sent] == ["ada@example.com"]
    links = await mongo.collection("account_links").find({})
    assert len(links) == 1
    assert people.outbox.token() not in str(links), "only its digest is stored"


async def test_links_to_one_account_are_limited_however_its_address_is_written(people: People) -> None:
    people = people.other(mail=True)
    await people.person("ada")
    written = ["ada@example.com", "ADA@example.com", " ada@example.com", "ａda@example.com", "Ada@Example.Com "]
    for number, email in enumerate(written):
        browser = people.browser(address=f"10.0.0.{number}")
        assert (await browser.post("/api/v1/auth/forgot", {"email": email})).status_code == 202
    assert len(people.outbox.sent) == 5
    response = await people.browser(address="10.0.0.9").post("/api/v1/auth/forgot", {"email": "Ada@example.com"})
    assert problem(response) == "too-many"
    assert int(response.headers["retry-after"]) <= 720


async def test_requests_for_links_from_a_few_addresses_block_nobody_else(people: People) -> None:
    people = people.other(mail=True, console_signup="open")
    await people.person("ada")
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"):
        browser = people.browser(address=address)
        for number in range(20):
            body = {"email": f"nobody{number}-{address}@example.com"}
            await browser.post("/api/v1/auth/register", body)
        assert problem(await browser.post("/api/v1/auth/forgot", {"email": "ada@example.com"})) == "too-many"
    assert len(people.outbox.sent) <= 62, "60 in a minute"
    people.outbox.sent.clear()
    assert (await people.browser().post("/api/v1/auth/forgot", {"email": "ada@example.com"})).status_code == 202
    assert [mail.to for mail in people.outbox.sent] == ["ada@example.com"]
