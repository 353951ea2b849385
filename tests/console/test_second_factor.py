"""The second factor: after the password, and as a proof."""

import hashlib

from services.console.auth import totp
from shared.domain.accounts import user_id
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.console.console import Client, problem
from tests.console.people import LOGIN, ME, PASSWORD, REFRESH, People
from tests.console.test_sign_in import ADA

SECOND = "/api/v1/auth/second-factor"


async def _with_second_factor(people: People, name: str = "ada") -> tuple[Client, str, list[str]]:
    browser = await people.signed_in(name, "owner")
    secret = (await browser.post("/api/v1/me/second-factor")).json()["secret"]
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    response = await browser.put("/api/v1/me/second-factor", {"code": code})
    assert response.status_code == 200, response.text
    return browser, secret, response.json()["codes"]


async def test_second_factor_is_needed_after_the_password_and_no_code_counts_twice(people: People) -> None:
    _, secret, recovery = await _with_second_factor(people)
    used = totp.code_at(secret, totp.step_of(people.clock.now()))
    people.clock.advance(60)
    browser = people.browser()
    response = await browser.post(LOGIN, ADA)
    assert problem(response) == "second-factor-needed"
    assert "parley-local=" not in str(response.headers.get_list("set-cookie"))
    assert problem(await browser.get(ME)) == "not-signed-in"
    assert problem(await browser.post(SECOND, {"code": used})) == "not-signed-in"
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    assert (await browser.post(SECOND, {"code": code})).status_code == 200
    assert (await browser.get(ME)).json()["second_factor"] is True
    other = people.browser()
    await other.post(LOGIN, ADA)
    assert problem(await other.post(SECOND, {"code": code})) == "not-signed-in", "replayed"
    assert (await other.post(SECOND, {"code": recovery[0].upper()})).status_code == 200
    third = people.browser()
    await third.post(LOGIN, ADA)
    assert problem(await third.post(SECOND, {"code": recovery[0]})) == "not-signed-in", "used"
    assert (await other.get(ME)).json()["recovery_codes"] == 9


async def test_codes_are_limited_and_a_challenge_ends(people: People) -> None:
    _, secret, _ = await _with_second_factor(people)
    people.clock.advance(60)
    browser = people.browser()
    await browser.post(LOGIN, ADA)
    for _ in range(5):
        assert problem(await browser.post(SECOND, {"code": "000000"})) == "not-signed-in"
    assert problem(await browser.post(SECOND, {"code": "000000"})) == "too-many"
    people.clock.advance(300)
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    assert problem(await browser.post(SECOND, {"code": code})) == "not-signed-in", "the challenge has ended"
    assert problem(await people.browser().post(SECOND, {"code": code})) == "not-signed-in", "none at all"


async def test_challenge_ends_with_the_password(people: People, mongo: Mongo) -> None:
    _, secret, _ = await _with_second_factor(people)
    people.clock.advance(60)
    browser = people.browser()
    await browser.post(LOGIN, ADA)
    await Users(mongo).set_password(user_id("ada@example.com"), "another hash", people.clock.now())
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    assert problem(await browser.post(SECOND, {"code": code})) == "not-signed-in"


async def test_secret_of_the_second_factor_is_stored_sealed(people: People, mongo: Mongo) -> None:
    _, secret, recovery = await _with_second_factor(people)
    stored = str(await mongo.collection("users").find({}))
    assert secret not in stored
    assert recovery[0] not in stored
    assert hashlib.sha256(recovery[0].replace("-", "").encode()).hexdigest() in stored


async def test_proof_renews_what_sensitive_routes_want(people: People) -> None:
    browser = await people.signed_in("ada", "owner")
    people.clock.advance(599)
    assert (await browser.post("/api/v1/me/second-factor")).status_code == 200
    people.clock.advance(2)
    await browser.post(REFRESH)
    assert problem(await browser.post("/api/v1/me/second-factor")) == "proof-needed"
    assert problem(await browser.post("/api/v1/me/proof", {"password": "wrong password here"})) == "not-signed-in"
    assert (await browser.post("/api/v1/me/proof", {"password": PASSWORD})).status_code == 204
    assert (await browser.post("/api/v1/me/second-factor")).status_code == 200


async def test_session_without_a_second_factor_cannot_prove_itself_by_the_password(people: People) -> None:
    browser, secret, _ = await _with_second_factor(people)
    people.clock.advance(60)
    assert problem(await browser.post("/api/v1/me/proof", {"password": PASSWORD})) == "not-signed-in"
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    assert (await browser.post("/api/v1/me/proof", {"code": code})).status_code == 204


async def test_sessions_forget_a_removed_second_factor(people: People, mongo: Mongo) -> None:
    browser, _, _ = await _with_second_factor(people)
    (before,) = await Sessions(mongo).of_user(user_id("ada@example.com"), people.clock.now())
    assert before.factor
    assert (await browser.delete("/api/v1/me/second-factor")).status_code == 204
    (after,) = await Sessions(mongo).of_user(user_id("ada@example.com"), people.clock.now())
    assert not after.factor
    assert problem(await browser.put("member-rules", {"second_factor": True})) == "conflict"
