"""`parley rotate-secrets`: encrypts all stored credentials with the first key of SECRETS_KEY."""

from collections import Counter
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.errors import Conflict
from shared.operations.accounts.reseal import reseal_second_factors
from shared.operations.unreadable_secrets import UnreadableSecret, unreadable_secrets
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.redis import Redis

_SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command("rotate-secrets")(rotate_secrets)


def rotate_secrets(
    check: Annotated[bool, typer.Option("--check", help="Only print the keys in use.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Encrypt all credentials with the first key of SECRETS_KEY. The other keys can then be removed.

    First restart all services with the new key before the old ones: SECRETS_KEY="k2:…,k1:…". Refused, with nothing
    changed, while a secret cannot be read.
    """
    export_if_running(dir)
    try:
        changed, used, first = run(_rotate(check))
    except Conflict as error:
        raise StackError(str(error)) from None
    if not check:
        print(f"{changed} secrets encrypted with {first}.")
    for key, count in sorted(used.items()):
        print(f"{key:<16}{count:>8} secrets" + ("" if key == first else "  older"))
    if old := [key for key in used if key != first]:
        print(f"SECRETS_KEY still needs {', '.join(sorted(old))}.")
        raise typer.Exit(1)
    print(f"No secret needs another key than {first}.")


async def _rotate(check: bool) -> tuple[int, Counter[str], str]:
    """Return the number of re-encrypted secrets, the number of secrets by key, and the first key."""
    async with connections() as connected:
        keys = connected.settings.secret_keys
        redis = Redis(connected.settings.redis_url.get_secret_value())
        editor = WorkspaceEditor(connected.mongo, redis, Secrets(keys), SystemClock())
        used: Counter[str] = Counter()
        changed = 0
        try:
            _refuse_unreadable(await unreadable_secrets(connected.mongo, Secrets(keys), editor))
            for workspace in await connected.operator.workspaces():
                changed += 0 if check else await editor.reseal(workspace)
                used += await editor.keys_in_use(workspace)
            resealed, keys_of_factors = await reseal_second_factors(connected.mongo, Secrets(keys), check=check)
            changed, used = changed + resealed, used + keys_of_factors
        finally:
            await redis.close()
        return changed, used, next(iter(keys))


def _refuse_unreadable(found: list[UnreadableSecret]) -> None:
    """Raise StackError if a stored secret cannot be decrypted."""
    if found:
        lines = "\n".join(one.reason for one in found[:_SHOWN])
        more = f"\nand {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise StackError(
            f"{len(found)} secrets cannot be read with SECRETS_KEY; nothing was changed:\n{lines}{more}\n"
            "Add the key that they need to SECRETS_KEY, or apply them again (`parley apply`)."
        )
