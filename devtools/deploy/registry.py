"""Asks an image registry for the digest of a tag, by the distribution API of the Open Container Initiative.

Only public images: a registry may ask for an anonymous token, and nothing else.
"""

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import IO, Any

from devtools.deploy.image_name import ImageName

_API_HOSTS = {"docker.io": "registry-1.docker.io"}
# Indexes first: the digest of an index is the same on every kind of processor.
_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LARGEST = 4 * 2**20  # bytes of a manifest, as registries limit it
_LIMIT = 30.0  # seconds for one request


class RegistryError(Exception):
    """Raised when a registry does not give a digest. The message is the reason, on one line."""


def digest_of(image: ImageName) -> str:
    """Return the present digest of an image's tag. Raises RegistryError."""
    url = f"{_scheme(image.host)}://{_API_HOSTS.get(image.host, image.host)}/v2/{image.path}/manifests/{image.tag}"
    try:
        try:
            return _digest(url, "")
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            return _digest(url, _anonymous_token(error.headers.get("WWW-Authenticate", "")))
    except urllib.error.HTTPError as error:
        raise RegistryError(f"{image.host} answers {error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:
        raise RegistryError(f"{image.host} cannot be reached: {getattr(error, 'reason', error)}") from None


def _scheme(host: str) -> str:
    """Return `http` for a registry on this machine, as Docker does."""
    name = host.partition(":")[0]
    return "http" if name == "localhost" or name.startswith("127.") else "https"


def _digest(url: str, token: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": ", ".join(_MANIFESTS)})  # noqa: S310 - see _scheme
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=_LIMIT) as answer:  # noqa: S310 - see _scheme
        kind = answer.headers.get_content_type()
        if kind not in _MANIFESTS:
            raise RegistryError(f"the answer is no manifest but {kind}")
        found = f"sha256:{hashlib.sha256(_body(answer)).hexdigest()}"
        named = answer.headers.get("Docker-Content-Digest", found)
    if named != found:
        raise RegistryError(f"the manifest has the digest {found}, not {named} as the registry says")
    return found


def _body(answer: IO[bytes]) -> bytes:
    body = answer.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise RegistryError("the manifest is larger than 4 MiB")
    return body


def _anonymous_token(challenge: str) -> str:
    """Return a token for the service and scope that a registry asks for."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = urllib.parse.urlsplit(asked.get("realm", ""))
    if not challenge.startswith("Bearer ") or realm.scheme != _scheme(realm.netloc):
        raise RegistryError("the registry asks for a login that is not supported")
    query = urllib.parse.urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
    with urllib.request.urlopen(f"{asked['realm']}?{query}", timeout=_LIMIT) as answer:  # noqa: S310 - see _scheme
        given: dict[str, Any] = json.loads(_body(answer))
    return str(given.get("token") or given.get("access_token") or "")
