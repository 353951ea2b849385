"""The recipes of docs/api.md as a person copies them, with all services: what they print, and what arrives."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from tests.cli.runner import parley
from tests.e2e.crm import Crm
from tests.e2e.recipes import RecipeShell, read_recipes, recipe_shell
from tests.e2e.shop import FAQS, PrivateData, Shop, phone
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

PASSWORD = "three bicycles in the rain"
SENT = ("Your order is on its way.", "It arrives tomorrow.", "Your order has come.")
BROADCAST = "Hello Ada Obi, the new coasters are here."


@pytest.fixture(scope="module")
def stack(
    current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory, private: PrivateData
) -> Iterator[Stack]:
    env = {"WEBHOOKS_OUT_PRIVATE": "true"}  # the tests' receiver has a private address
    current_stack.close()
    with started(tmp_path_factory.mktemp("recipes"), private, env, replicas={"console": 1}) as stack:
        yield stack


async def test_recipes_print_what_the_page_says_and_reach_the_customer(world: World, crm: Crm, tmp_path: Path) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    replacements = {
        "http://127.0.0.1:8090": world.stack.info["console"],
        "/workspaces/acme": f"/workspaces/{shop.workspace}",
        "TOKEN='…'": f"TOKEN='{await _password_token(world, shop)}'",
        "+2348031234567": f"+{ada}",
        "https://crm.example.com/parley": crm.url,
    }
    async with recipe_shell(tmp_path) as shell:
        for recipe in read_recipes(replacements):
            printed = await shell.run(recipe.script)
            assert recipe.prints(printed), f"{recipe.title}: {printed}"
        secrets = [await shell.run(f'echo "${name}"') for name in ("PASSWORD", "KEY", "SECRET", "NEXT")]
        world.private.tokens |= set(secrets)
        await _check_webhooks(shell, crm, *secrets[2:])
    world.private.texts |= {*SENT, BROADCAST}
    sent = [record["text"] for record in await world.answers(ada, 5)]
    assert sent == [FAQS["Where are you?"], *SENT, BROADCAST]


async def _password_token(world: World, shop: Shop) -> str:
    """Create the owner as an operator does; return the token of the printed link."""
    where = ("--workspace", shop.workspace, "--owner", "--dir", str(Path(world.stack.info["logs"]).parent))
    done = await in_thread(parley, "user", "create", "ada@example.com", *where)
    assert done.code == 0, done.err
    token = done.out.partition("#")[2].split()[0]
    world.private.tokens |= {token, PASSWORD}
    return token


async def _check_webhooks(shell: RecipeShell, crm: Crm, secret: str, new: str) -> None:
    """Check the signature of the test call, and both signatures of another one after the rotation."""
    call = 'api POST webhooks/crm/test -H "Idempotency-Key: webhook-test-2" | value "it[\'call\']"'
    await shell.run(f'CALL=$({call})\ndecided "webhooks/crm/log/$CALL"')
    first, second = crm.calls
    assert [json.loads(body)["type"] for _, body in crm.calls] == ["webhook.test"] * 2
    signatures = ("X-Parley-Signature", "X-Parley-Signature-Previous")
    for (request, body), keys in ((first, [secret]), (second, [new, secret])):
        signed = request.headers["X-Parley-Timestamp"].encode() + b"." + body
        expected = [f"v1={hmac.new(key.encode(), signed, sha256).hexdigest()}" for key in keys]
        assert [request.headers[name] for name in signatures if name in request.headers] == expected
