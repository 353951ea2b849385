"""Encrypts the secrets of second factors with the first key of SECRETS_KEY."""

from collections import Counter

from shared.crypto import Secrets, key_id_of
from shared.domain.accounts import second_factor_field
from shared.repositories.users import Users
from shared.storage.mongo import Mongo


async def reseal_second_factors(mongo: Mongo, secrets: Secrets, *, check: bool) -> tuple[int, Counter[str]]:
    """Return how many secrets were encrypted anew, and the number of secrets by key. check: change nothing.

    Raises SecretUnreadable (a key is missing), DependencyAway.
    """
    users, changed, used, after = Users(mongo), 0, Counter[str](), ""
    while found := await users.second_factors(after):
        for user, sealed in found:
            current = sealed
            if not check and not secrets.is_current(sealed):
                field = second_factor_field(user)
                current = secrets.encrypt(secrets.decrypt(sealed, workspace="", field=field), workspace="", field=field)
                changed += await users.replace_second_factor_secret(user, sealed, current)
            used[key_id_of(current)] += 1
        after = found[-1][0]
    return changed, used
