"""Signing in: cookies, sessions, refresh tokens, throttling, and nothing that tells whether an account exists."""

import asyncio

import httpx2
import pytest

from services.console.auth.passwords import HashCost, Passwords
from shared.domain.accounts import user_id
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.console.console import problem
from tests.console.people import LOGIN, ME, PASSWORD, REFRESH, People

ADA = {"email": "ada@example.com", "password": PASSWORD}
WRONG = {"email": "ada@example.com", "password": "wrong password here"}


def cookie(response: httpx2.Response, name: str) -> str:
    """Return the attributes of a cookie that the answer sets."""
    return next(value for value in response.headers.get_list("set-cookie") if value.startswith(f"{name}="))


def is_same(first: httpx2.Response, second: httpx2.Response) -> bool:
    """Return whether two answers differ in nothing but the request's id."""
    one, other = ({**response.json(), "instance": ""} for response in (first, second))
    ignored = ("parley-request", "date", "ratelimit")
    headers = [{k: v for k, v in response.headers.items() if k not in ignored} for response in (first, second)]
    return one == other and headers[0] == headers[1] and first.status_code == second.status_code


async def test_sign_in_sets_cookies_and_names_the_person(people: People) -> None:
    await people.person("ada", "owner")
    browser = people.browser()
    assert problem(await browser.get(ME)) == "not-signed-in"
    response = await browser.post(LOGIN, {**ADA, "email": " ADA@Example.com"})
    assert response.status_code == 200
    assert response.json()["name"] == "Ada"
    assert "HttpOnly; Max-Age=1209600; Path=/; SameSite=strict" in cookie(response, "parley-local")
    assert "Path=/api/v1/auth/refresh; SameSite=strict" in cookie(response, "parley-local-refresh")
    me = (await browser.get(ME)).json()
    assert [one["role"] for one in me["workspaces"]] == ["owner"]
    assert PASSWORD not in str(me)
    assert "argon2" not in str(me)


async def test_cookies_over_https_are_host_bound(people: People) -> None:
    await people.person("ada")
    secure = people.other(console_url="https://console.example.com")
    response = await secure.browser().post(LOGIN, ADA)
    assert "; Path=/; SameSite=strict; Secure" in cookie(response, "__Host-parley")
    assert cookie(response, "__Secure-parley-refresh").endswith("Secure")
    local = await people.sign_in("ada")
    planted = secure.browser()
    planted.http.cookies.update({"parley-local": local.http.cookies["parley-local"]})
    assert problem(await planted.get(ME)) == "not-signed-in", "a cookie that a subdomain can plant does not count"


async def test_plain_http_from_another_machine_is_refused(people: People) -> None:
    await people.person("ada")
    foreign = {"host": "console.example.com", "origin": "http://console.example.com"}
    assert problem(await people.browser().post(LOGIN, ADA, headers=foreign)) == "insecure"
    insecure = people.other(console_insecure=True)
    assert (await insecure.browser().post(LOGIN, ADA, headers=foreign)).status_code == 200


async def test_unknown_disabled_and_known_accounts_get_the_same_answer_for_the_same_work(people: People) -> None:
    """The work is counted in hashes: a clock would measure the machine."""
    await people.person("ada")
    gone = await people.person("eve")
    await people.parts.accounts.people.disable(gone)
    await people.parts.accounts.people.get_or_create("invited@example.com", "No Password")
    passwords = people.parts.accounts.passwords
    await passwords.prepare()
    answers = []
    for email in ("ada@example.com", "nobody@example.com", "eve@example.com", "invited@example.com", "no address"):
        before = passwords.hashes
        answers.append(await people.browser().post(LOGIN, {"email": email, "password": "wrong password here"}))
        assert passwords.hashes - before == 1, email
    assert all(is_same(answers[0], other) for other in answers)
    assert problem(answers[0]) == "not-signed-in"
    right = await people.browser().post(LOGIN, {"email": "eve@example.com", "password": PASSWORD})
    assert is_same(answers[0], right), "disabled"


async def test_session_gets_a_new_id_at_each_sign_in(people: People) -> None:
    """Session fixation: what the browser brought along is not used."""
    mallory = await people.signed_in("mallory")
    await people.person("ada")
    planted = {name: value for name, value in mallory.http.cookies.items() if value}
    victim = people.browser()
    victim.http.cookies.update(planted)
    await victim.post(LOGIN, ADA)
    first = (await victim.get(ME)).json()
    assert first["name"] == "Ada"
    assert (await mallory.get(ME)).json()["name"] == "Mallory"
    again = await people.sign_in("ada")
    assert (await again.get(ME)).json()["session"] != first["session"]


async def test_refresh_replaces_both_tokens(people: People) -> None:
    browser = await people.signed_in("ada")
    before = dict(browser.http.cookies)
    people.clock.advance(599)
    assert (await browser.get(ME)).status_code == 200
    people.clock.advance(1)
    assert problem(await browser.get(ME)) == "not-signed-in"
    assert (await browser.post(REFRESH)).status_code == 200
    after = dict(browser.http.cookies)
    assert before["parley-local"] != after["parley-local"]
    assert before["parley-local-refresh"] != after["parley-local-refresh"]
    assert (await browser.get(ME)).status_code == 200


async def _send(people: People, refresh: str, agent: str = "Firefox") -> httpx2.Response:
    browser = people.browser(agent=agent)
    return await browser.post(REFRESH, headers={"cookie": f"parley-local-refresh={refresh}"})


async def test_replayed_refresh_token_ends_the_session(people: People) -> None:
    browser = await people.signed_in("ada")
    stolen = browser.http.cookies["parley-local-refresh"]
    await browser.post(REFRESH)
    people.clock.advance(31)
    assert problem(await _send(people, stolen)) == "not-signed-in"
    assert problem(await browser.post(REFRESH)) == "not-signed-in", "the family has ended"
    people.clock.advance(5)
    assert problem(await browser.get(ME)) == "not-signed-in"


async def test_second_tab_gets_the_same_token_within_thirty_seconds(people: People) -> None:
    browser = await people.signed_in("ada")
    used = browser.http.cookies["parley-local-refresh"]
    answers = await asyncio.gather(*(_send(people, used) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    tokens = {cookie(answer, "parley-local-refresh").split(";")[0] for answer in answers}
    assert len(tokens) == 1, "no tab has a token that another one replaced"
    people.clock.advance(30)
    assert (await _send(people, used)).status_code == 200
    people.clock.advance(600)
    assert (await _send(people, tokens.pop().partition("=")[2])).status_code == 200


async def test_other_browser_gets_no_grace(people: People) -> None:
    browser = await people.signed_in("ada")
    stolen = browser.http.cookies["parley-local-refresh"]
    await browser.post(REFRESH)
    assert problem(await _send(people, stolen, agent="curl")) == "not-signed-in"
    assert problem(await browser.post(REFRESH)) == "not-signed-in"


async def test_token_two_generations_old_ends_the_session(people: People) -> None:
    browser = await people.signed_in("ada")
    stolen = browser.http.cookies["parley-local-refresh"]
    await browser.post(REFRESH)
    await browser.post(REFRESH)
    assert problem(await _send(people, stolen)) == "not-signed-in"
    assert problem(await browser.post(REFRESH)) == "not-signed-in"


@pytest.mark.parametrize("token", ["", "x", "=" * 60, "A" * 64, "é", "A" * 10_000])
async def test_made_up_refresh_token_is_refused(people: People, token: str) -> None:
    browser = people.browser()
    headers = [(b"cookie", b"parley-local-refresh=" + token.encode())]
    response = await browser.http.post(REFRESH, headers=httpx2.Headers(headers))
    assert problem(response) == "not-signed-in"
    cleared = response.headers.get_list("set-cookie")
    assert [one.split("=")[0] for one in cleared] == [
        "parley-local",
        "parley-local-refresh",
        "parley-local-challenge",
    ]
    assert all("Max-Age=0" in one for one in cleared)


async def test_session_ends_when_idle_and_at_its_absolute_end(people: People) -> None:
    idle = await people.signed_in("ada")
    busy = await people.sign_in("ada")
    for _ in range(14 * 4 - 1):
        people.clock.advance(6 * 3600)
        assert (await busy.post(REFRESH)).status_code == 200
    assert problem(await idle.post(REFRESH)) == "not-signed-in"
    people.clock.advance(6 * 3600)
    assert problem(await busy.post(REFRESH)) == "not-signed-in"


async def test_logout_ends_the_session_and_removes_the_cookies(people: People) -> None:
    browser = await people.signed_in("ada")
    kept = dict(browser.http.cookies)
    response = await browser.post("/api/v1/auth/logout")
    assert response.status_code == 204
    assert len(response.headers.get_list("set-cookie")) == 3
    thief = people.browser()
    thief.http.cookies.update(kept)
    assert problem(await thief.get(ME)) == "not-signed-in"
    assert problem(await _send(people, kept["parley-local-refresh"])) == "not-signed-in"
    assert (await people.browser().post("/api/v1/auth/logout")).status_code == 204


async def test_logout_ends_the_session_even_after_the_access_token_ended(people: People) -> None:
    browser = await people.signed_in("ada")
    stolen = browser.http.cookies["parley-local-refresh"]
    people.clock.advance(601)
    assert (await browser.post("/api/v1/auth/logout")).status_code == 204
    assert problem(await _send(people, stolen)) == "not-signed-in"


async def test_new_password_ends_the_wait_of_the_account(people: People) -> None:
    people = people.other(mail=True)
    await people.person("ada")
    for _ in range(5):
        await people.browser().post(LOGIN, WRONG)
    assert problem(await people.browser().post(LOGIN, ADA)) == "too-many"
    await people.browser().post("/api/v1/auth/forgot", {"email": "ada@example.com"})
    new = {"token": people.outbox.token(), "password": "trombone-giraffe-seven"}
    assert (await people.browser().post("/api/v1/auth/reset", new)).status_code == 204
    assert (await people.browser().post(LOGIN, {**ADA, "password": new["password"]})).status_code == 200


async def test_attempts_per_account_are_limited_with_growing_waits(people: People) -> None:
    await people.person("ada")
    waits: list[int] = []
    for _ in range(3):
        for _ in range(5):
            assert problem(await people.browser(address="10.9.9.9").post(LOGIN, WRONG)) == "not-signed-in"
        response = await people.browser(address="10.9.9.9").post(LOGIN, ADA)
        assert problem(response) == "too-many", "even with the right password"
        waits.append(int(response.headers["retry-after"]))
        people.clock.advance(waits[-1])
    assert waits == [60, 120, 240]
    assert (await people.browser().post(LOGIN, ADA)).status_code == 200


async def test_stranger_locks_nobody_out(people: People) -> None:
    """Neither from signing in elsewhere, nor from what a signed-in person does."""
    browser = await people.signed_in("ada")
    for number in range(4):
        for _ in range(5):
            assert problem(await people.browser(address=f"10.0.0.{number}").post(LOGIN, WRONG)) == "not-signed-in"
        assert problem(await people.browser(address=f"10.0.0.{number}").post(LOGIN, WRONG)) == "too-many"
    assert (await browser.post("/api/v1/me/proof", {"password": PASSWORD})).status_code == 204
    change = {"current": PASSWORD, "new": "trombone-giraffe-seven"}
    assert (await browser.post("/api/v1/me/password", change)).status_code == 204
    assert (await people.browser().post(LOGIN, {**ADA, "password": change["new"]})).status_code == 200


async def test_attempts_at_an_account_from_all_addresses_have_a_limit(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.auth.sign_in.PER_ACCOUNT_IN_ALL", 12)
    people = people.other(mail=True)
    await people.person("ada")
    for number in range(12):
        assert problem(await people.browser(address=f"10.0.{number}.1").post(LOGIN, WRONG)) == "not-signed-in"
    assert problem(await people.browser().post(LOGIN, ADA)) == "too-many"
    await people.browser().post("/api/v1/auth/forgot", {"email": "ada@example.com"})
    new = {"token": people.outbox.token(), "password": "trombone-giraffe-seven"}
    assert (await people.browser().post("/api/v1/auth/reset", new)).status_code == 204
    assert (await people.browser().post(LOGIN, {**ADA, "password": new["password"]})).status_code == 200


async def test_guesses_within_a_session_are_limited_for_that_session(people: People) -> None:
    stolen, own = await people.signed_in("ada"), await people.sign_in("ada")
    for _ in range(5):
        assert problem(await stolen.post("/api/v1/me/proof", {"password": "wrong"})) == "not-signed-in"
    assert problem(await stolen.post("/api/v1/me/proof", {"password": PASSWORD})) == "too-many"
    change = {"current": PASSWORD, "new": "trombone-giraffe-seven"}
    assert problem(await stolen.post("/api/v1/me/password", change)) == "too-many"
    assert (await own.post("/api/v1/me/proof", {"password": PASSWORD})).status_code == 204


async def test_attempts_per_address_are_limited_over_all_accounts(people: People) -> None:
    await people.person("ada")
    for number in range(20):
        body = {"email": f"nobody{number}@example.com", "password": "wrong password here"}
        assert problem(await people.browser().post(LOGIN, body)) == "not-signed-in"
    assert problem(await people.browser().post(LOGIN, ADA)) == "too-many"
    assert (await people.browser(address="10.0.0.1").post(LOGIN, ADA)).status_code == 200


async def test_office_behind_one_address_signs_in_at_the_same_time(people: People) -> None:
    """Only failures count for an address: neither many people, nor one who mistypes, keep the others out."""
    for number in range(25):
        await people.person(f"p{number}")
    for _ in range(8):
        await people.browser().post(LOGIN, {"email": "p0@example.com", "password": "wrong password here"})
    for number in range(1, 25):
        await people.sign_in(f"p{number}")


async def test_browser_of_a_person_is_not_kept_out_by_guesses_of_others_behind_its_address(people: People) -> None:
    await people.person("bob")
    ada = await people.signed_in("ada")
    assert (await ada.post("/api/v1/auth/logout")).status_code == 204
    for number in range(20):
        await people.browser().post(LOGIN, {"email": f"nobody{number}@example.com", "password": PASSWORD})
    assert problem(await people.browser().post(LOGIN, ADA)) == "too-many", "a browser that nobody used before"
    assert problem(await ada.post(LOGIN, {**ADA, "email": "bob@example.com"})) == "too-many", "another person's browser"
    assert (await ada.post(LOGIN, ADA)).status_code == 200


async def test_browser_of_a_person_has_a_limit_of_its_own(people: People) -> None:
    ada = await people.signed_in("ada")
    for _ in range(5):
        assert problem(await ada.post(LOGIN, WRONG)) == "not-signed-in"
    assert problem(await ada.post(LOGIN, ADA)) == "too-many"
    assert (await people.browser().post(LOGIN, ADA)).status_code == 200
    planted = people.browser()
    planted.http.cookies.update({"parley-local": ada.http.cookies["parley-local-known"]})
    assert problem(await planted.get(ME)) == "not-signed-in", "the mark is no session"


async def test_refused_attempts_cost_no_hash(people: People) -> None:
    await people.person("ada")
    for _ in range(5):
        await people.browser().post(LOGIN, WRONG)
    before = people.parts.accounts.passwords.hashes
    for _ in range(30):
        assert problem(await people.browser().post(LOGIN, WRONG)) == "too-many"
    assert people.parts.accounts.passwords.hashes == before


async def test_hash_of_a_lower_cost_is_renewed_at_sign_in(people: People, mongo: Mongo) -> None:
    await people.person("ada")
    old = await Passwords(HashCost(time=2, memory=16, parallelism=1)).hash(PASSWORD)
    ada = user_id("ada@example.com")
    await Users(mongo).set_password(ada, old, people.clock.now())
    await people.sign_in("ada")
    user = await Users(mongo).get(ada)
    assert user is not None
    assert "m=8,t=1,p=1" in user.password
    await people.sign_in("ada")


async def test_disabled_person_loses_access_within_five_seconds_everywhere(people: People) -> None:
    browser = await people.signed_in("ada")
    other = people.other()
    there = other.browser()
    there.http.cookies.update(dict(browser.http.cookies))
    assert (await there.get(ME)).status_code == 200
    user = await people.parts.accounts.users.by_email("ada@example.com")
    assert user is not None
    assert await people.parts.accounts.people.disable(user) == 1
    people.clock.advance(5)
    assert problem(await there.get(ME)) == "not-signed-in"
    assert problem(await _send(other, browser.http.cookies["parley-local-refresh"])) == "not-signed-in"


async def test_password_change_ends_the_other_sessions(people: People) -> None:
    browser = await people.signed_in("ada")
    other = await people.sign_in("ada")
    change = {"current": PASSWORD, "new": "trombone-giraffe-seven"}
    assert problem(await browser.post("/api/v1/me/password", {**change, "current": "wrong"})) == "not-signed-in"
    assert problem(await browser.post("/api/v1/me/password", {**change, "new": "password1234"})) == "invalid"
    assert (await browser.post("/api/v1/me/password", change)).status_code == 204
    assert (await browser.get(ME)).status_code == 200
    assert problem(await other.get(ME)) == "not-signed-in"
    assert problem(await people.browser().post(LOGIN, ADA)) == "not-signed-in"
    assert (await people.browser().post(LOGIN, {**ADA, "password": change["new"]})).status_code == 200


async def test_sessions_are_listed_and_ended(people: People, mongo: Mongo) -> None:
    browser = await people.signed_in("ada")
    others = [await people.sign_in("ada", agent=f"agent {number}") for number in range(3)]
    stranger = await people.signed_in("bob")
    found = (await browser.get("/api/v1/me/sessions")).json()
    assert [one["current"] for one in found].count(True) == 1
    assert {one["address"] for one in found} == {"127.0.0.0/24"}
    last = next(one["id"] for one in found if one["agent"] == "agent 2")
    assert problem(await stranger.delete(f"/api/v1/me/sessions/{last}")) == "not-found"
    assert (await browser.delete(f"/api/v1/me/sessions/{last}")).status_code == 204
    assert problem(await others[2].get(ME)) == "not-signed-in"
    assert (await browser.delete("/api/v1/me/sessions")).json() == {"ended": 2}
    ada = user_id("ada@example.com")
    assert len(await Sessions(mongo).of_user(ada, people.clock.now())) == 1
    assert (await stranger.get(ME)).status_code == 200
