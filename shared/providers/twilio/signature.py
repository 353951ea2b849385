"""Verifies Twilio's signatures of forms and of JSON, as its page on webhook security describes them."""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from shared.providers.errors import SignatureMissing, SignatureWrong

_STANDARD_PORTS = {"https": "443", "http": "80"}


def verify_signature(
    url: str, params: Sequence[tuple[str, str]], header: str | bytes | None, tokens: Sequence[str]
) -> None:
    """Check `X-Twilio-Signature` of a form: HMAC-SHA1 over the URL and each sorted name with each of its sorted values.

    url: the public one, with its query; it is tried with and without its port, since proxies differ. tokens: the auth
    tokens that may have signed. Raises SignatureMissing, or SignatureWrong when none fits. An empty token never fits.
    """
    text = "".join(name + value for name, value in sorted(set(params)))
    _check(url, text, header, tokens)


def verify_json_signature(url: str, body: bytes, header: str | bytes | None, tokens: Sequence[str]) -> None:
    """Check a request that is not a form: the query's `bodySHA256` stands for the body, the signature for the URL.

    Raises SignatureMissing or SignatureWrong.
    """
    digest = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0].lower().encode("utf-8", "replace")
    if not hmac.compare_digest(sha256(body).hexdigest().encode(), digest):
        raise SignatureWrong("bodySHA256 does not fit")
    _check(url, "", header, tokens)


def _check(url: str, text: str, header: str | bytes | None, tokens: Sequence[str]) -> None:
    if not header:
        raise SignatureMissing("X-Twilio-Signature is missing")
    given = (header.encode("utf-8", "replace") if isinstance(header, str) else bytes(header)).strip()
    fits = False
    for variant in _variants(url):
        message = (variant + text).encode("utf-8", "surrogatepass")
        for token in tokens:
            if token:
                expected = b64encode(hmac.digest(token.encode(), message, "sha1"))
                fits |= hmac.compare_digest(expected, given)
        if fits:
            return
    raise SignatureWrong("X-Twilio-Signature does not fit")


def _variants(url: str) -> Iterator[str]:
    """Yield the URL, then the URL without its port, or with the standard port if it has none."""
    yield url
    scheme, mark, rest = url.partition("://")
    if not mark:
        return
    end = next((index for index, character in enumerate(rest) if character in "/?#"), len(rest))
    host, path = rest[:end], rest[end:]
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        yield f"{scheme}://{name}{path}"
    elif standard := _STANDARD_PORTS.get(scheme):
        yield f"{scheme}://{host}:{standard}{path}"
