"""Requests that no provider sends, and some that one may. Pure: the same seed makes the same requests."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from devtools.simulators.webhooks import sign_meta, sign_twilio
from shared.providers.twilio.webhook import parse_form
from tests.fuzz.nasty import NASTY_TEXTS, deep
from tests.providers.payloads import names, payload
from tests.security.endpoint import (
    APP_SECRET,
    VERIFY_TOKEN,
    account_sid,
    app_secret,
    auth_token,
    phone_number_id,
    request,
    twilio_number,
    waba_id,
)

# Two workspaces: number and name.
OURS, OTHERS = (1, "fuzzed"), (2, "fuzzedtoo")
META = [json.loads(payload("meta", name)) for name in names("meta")]
FORMS = [dict(parse_form(payload("twilio", name))) for name in names("twilio")]
_NUMBERS = [0, -1, 1.5, 2**31, 2**63, 2**64, 10**30, 1e308, 253402300800, True, None]
_JUNK = ["NaN", "Infinity", "1e999", '"\\ud800"', '"\\udc00x"', "{}", "[]", '{"a":1,"a":2}', "9" * 5000, "-", '"']


@dataclass(frozen=True, slots=True)
class Example:
    """A request. path: of a webhook that is signed, so that what is in it must be kept once it is answered with 200;
    body: what was signed. wild: the HTTP itself is broken, and the connection may be closed without an answer.
    """

    sent: bytes
    path: str = ""
    body: bytes = b""
    wild: bool = False


Make = Callable[[random.Random, str], Example]


def example(seed: str) -> Example:
    """The example of a seed."""
    rng = random.Random(seed)
    makes, weights = zip(*_KINDS, strict=True)
    make: Make = rng.choices(makes, weights)[0]
    return make(rng, seed)


# Bodies of Meta.


def _meta_body(rng: random.Random, seed: str) -> bytes:
    entries = [_entry(rng, f"{seed}.{number}") for number in range(rng.choice([1, 1, 1, 2, 4]))]
    whole: Any = {"object": "whatsapp_business_account", "entry": entries}
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        whole = _changed(rng, whole)
    body = json.dumps(whole, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return _bytes_changed(rng, body) if rng.random() < 0.3 else body


def _entry(rng: random.Random, tag: str) -> Any:
    found = json.loads(json.dumps(rng.choice(META)))["entry"]
    entry = found[0] if isinstance(found, list) and found else {}
    number = rng.choice([OURS, OURS, OTHERS])[0] if rng.random() < 0.9 else 99
    if not isinstance(entry, dict):
        return entry
    entry["id"] = waba_id(number)
    for change in entry["changes"] if isinstance(entry.get("changes"), list) else ():
        value = change.get("value") if isinstance(change, dict) else None
        if isinstance(value, dict):
            if isinstance(value.get("metadata"), dict):
                value["metadata"]["phone_number_id"] = phone_number_id(number)
            for kind in ("messages", "statuses"):
                for index, item in enumerate(value.get(kind) or ()):
                    if isinstance(item, dict):
                        item["id"] = f"wamid.{tag}.{index}"
    return entry


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, child in children for deeper in _paths(child, (*path, key)))]


def _value(rng: random.Random) -> Any:
    return rng.choice(
        [
            rng.choice(NASTY_TEXTS),
            rng.choice(_NUMBERS),
            "".join(
                chr(rng.choice([rng.randrange(0x20, 0x7F), rng.randrange(0xD7FF)])) for _ in range(rng.randrange(20))
            ),
            [rng.choice(_NUMBERS)] * rng.randrange(4),
            {rng.choice(NASTY_TEXTS[:16]): rng.choice(_NUMBERS)},
        ]
    )


def _changed(rng: random.Random, whole: Any) -> Any:
    path = rng.choice(_paths(whole))
    if not path:
        return whole if rng.random() < 0.9 else _value(rng)
    node = whole
    for key in path[:-1]:
        node = node[key]
    act = rng.randrange(4)
    if act == 0:
        node[path[-1]] = _value(rng)
    elif act == 1:
        del node[path[-1]]
    elif act == 2 and isinstance(node, list):
        node.extend([node[path[-1]]] * rng.randrange(1, 30))
    elif isinstance(node, dict):
        node[rng.choice(NASTY_TEXTS[:16])] = _value(rng)
    return whole


def _bytes_changed(rng: random.Random, body: bytes) -> bytes:
    at, length = rng.randrange(len(body) + 1), rng.choice([0, 1, 1, 5])
    put = rng.choice(
        [
            b"",
            rng.randbytes(rng.randrange(6)),
            rng.choice(_JUNK).encode(),
            b"\x00",
            b"\xed\xa0\x80",
            b"\xff\xfe",
            b"\\ud83d",
            deep(rng.choice([10, 500, 100_000])),
            b"\xef\xbb\xbf",
        ]
    )
    return body[:at] + put + body[at + length :]


def _meta(rng: random.Random, seed: str) -> Example:
    body = _meta_body(rng, seed)
    path, secret = rng.choice(
        [
            ("/webhooks/meta", APP_SECRET),
            ("/webhooks/meta", APP_SECRET),
            (f"/webhooks/meta/{OURS[1]}", app_secret(OURS[1])),
        ]
    )
    return _posted(rng, path, body, [("x-hub-signature-256", sign_meta(body, secret))])


def _large(rng: random.Random, seed: str) -> Example:
    """Items near the largest body: some are larger than their topic takes."""
    fill = rng.choice(["x", "\\u0001", "é", '\\"']) * rng.choice([100_000, 500_000, 690_000])
    metadata = {"phone_number_id": phone_number_id(rng.choice([OURS[0], 99]))}
    item, text = {"id": f"wamid.{seed}", "timestamp": "1"}, {"body": "@"}
    value = rng.choice(
        [
            {
                "metadata": metadata,
                "messages": [{**item, "from": "2348030000001", "type": "text", "text": text}],
            },
            {"metadata": metadata, "statuses": [{**item, "status": "read", "note": "@"}]},
            {"metadata": metadata, "messages": [{"note": "@"}]},
            {"event": "@"},
        ]
    )
    entry = {"id": waba_id(rng.choice([OURS[0], 99])), "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).replace("@", fill).encode()
    return _posted(rng, "/webhooks/meta", body, [("x-hub-signature-256", sign_meta(body, APP_SECRET))])


def _unsigned(rng: random.Random, seed: str) -> Example:
    """Something is wrong with the signature, in one of many ways."""
    body = _meta_body(rng, seed)
    good = sign_meta(body, APP_SECRET)
    header = rng.choice(
        [
            b"",
            b"sha256=",
            b"sha256=" + b"0" * 64,
            "sha256=é".encode(),
            b"\xff\xfe\xed\xa0\x80",
            good[:-1].encode(),
            good.encode() + b"0",
            b"sha1=" + good[7:].encode(),
            sign_meta(body + b" ", APP_SECRET).encode(),
            sign_meta(body, "").encode(),
            b"x" * 8000,
        ]
    )
    path = rng.choice(["/webhooks/meta", f"/webhooks/meta/{OURS[1]}", "/webhooks/meta/nobody", "/webhooks/meta/%00"])
    return Example(request("POST", path, [("x-hub-signature-256", header)], body))


# Bodies of Twilio.


def _form(rng: random.Random, seed: str) -> dict[str, str]:
    form = dict(rng.choice(FORMS))
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        name = rng.choice([*form, rng.choice(NASTY_TEXTS[:16]), "Latitude", "MediaUrl0", "MediaUrl1", "Body"])
        form[name] = str(_value(rng))
    for name in ("MessageSid", "SmsMessageSid", "SmsSid"):
        if name in form and rng.random() < 0.9:
            form[name] = f"SM{seed}"
    return form


def _twilio(rng: random.Random, seed: str) -> Example:
    path = rng.choice(["/webhooks/twilio", "/webhooks/twilio/status"])
    form = _form(rng, seed)
    number, name = OURS
    side = "To" if path == "/webhooks/twilio" else "From"
    form[side] = rng.choice([f"whatsapp:{twilio_number(number)}", twilio_number(number)])
    form["AccountSid"] = account_sid(number)
    if rng.random() < 0.1:
        form[side] = rng.choice(["whatsapp:+19995550100", "", rng.choice(NASTY_TEXTS)])
    text = {key: value.encode("utf-8", "replace").decode() for key, value in form.items()}
    body = urlencode(text, quote_via=rng.choice([quote, quote_plus])).encode()
    query = rng.choice(["", "", "?message=1b8b6abe-3896-5b4e-bc85-e31def4eb9f1", "?message=%00", "?a=b&message=é"])
    signed = dict(parse_form(body))
    url = quote(query, safe="?&=%") if rng.random() < 0.5 else query
    signature = sign_twilio(PUBLIC + path + url.encode().decode("latin-1"), signed, auth_token(name))
    if rng.random() < 0.15:
        signature = rng.choice(["", "é", signature[:-2], "0" * 28])
    headers: list[tuple[str, str | bytes]] = [("x-twilio-signature", signature)]
    return _posted(rng, path + url, body, headers, "application/x-www-form-urlencoded")


def _any_form(rng: random.Random, seed: str) -> Example:
    """Forms in odd encodings, never signed."""
    body = rng.choice(
        [
            rng.randbytes(rng.randrange(400)),
            b"&" * rng.randrange(1, 2000),
            b"a=b&" * rng.randrange(1, 2000),
            b"To=%ff%fe&AccountSid=%00",
            b"To=" + b"%F0%9F%98%80" * rng.randrange(1, 20_000),
            "Body=é".encode("utf-16"),
            b"To=whatsapp%3A%2B1415&To=x&To=" + rng.randbytes(8),
            b'{"To": "x"}',
        ]
    )
    path = rng.choice(["/webhooks/twilio", "/webhooks/twilio/status?message=%ff"])
    headers = [
        ("x-twilio-signature", "x"),
        ("content-type", rng.choice(["text/plain; charset=utf-7", "a", "multipart/form-data"])),
    ]
    return Example(request("POST", path, headers, body))


# Everything else.


def _posted(
    rng: random.Random, path: str, body: bytes, headers: list[tuple[str, str | bytes]], kind: str = "application/json"
) -> Example:
    """Announced, in chunks, or with an Expect."""
    headers = [("content-type", kind), *headers]
    clean = path.partition("?")[0]
    how = rng.randrange(6)
    if how == 0:
        size = rng.choice([1, 7, 1000, 60_000]) if len(body) < 20_000 else 60_000
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        return Example(request("POST", path, [*headers, ("transfer-encoding", "chunked")]) + chunked, clean, body)
    if how == 1:
        headers.append(("x-odd", rng.choice(["é", "\t", "x" * 5000, 'a, b;c="d"'])))
    return Example(request("POST", path, headers, body), clean, body)


def _handshake(rng: random.Random, seed: str) -> Example:
    token = rng.choice([VERIFY_TOKEN, f"verify-{OURS[1]}", "wrong", "", "é", "\x00", "x" * 5000])
    query = rng.choice(
        [
            urlencode(
                {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": rng.choice(NASTY_TEXTS[:16])}
            ),
            "hub.mode=subscribe&hub.verify_token=%ff%fe&hub.challenge=1",
            "hub.mode=subscribe&hub.verify_token=%ED%A0%80&hub.challenge=%ED%A0%80",
            "&" * 500,
            "a=b&" * 500,
            "hub.challenge[]=1&hub.mode[$ne]=x",
            "%",
        ]
    )
    path = rng.choice(["/webhooks/meta", f"/webhooks/meta/{OURS[1]}", "/webhooks/meta/nobody", "/webhooks/meta/a/b"])
    return Example(
        request("GET", f"{path}?{query}", [("x-forwarded-for", rng.choice(["1.2.3.4", "é", "x" * 2000, ",,,"]))])
    )


def _odd_path(rng: random.Random, seed: str) -> Example:
    path = rng.choice(
        [
            "/", "/webhooks", "/webhooks/", "/webhooks//meta", "/webhooks/meta/", "/webhooks/meta/" + "a" * 3000,
            "/webhooks/meta/../twilio", "/webhooks/meta/%2e%2e", "/webhooks/meta/%ff%fe", "/webhooks/meta/%ED%A0%80",
            "/webhooks/meta/$ne", "/webhooks/twilio/status/", "/openapi.json", "/docs", "/metrics", "/" + "%00" * 50,
            "http://elsewhere/webhooks/meta", "//webhooks/meta", "*", "/webhooks/meta;x=1", "/webhooks/meta#x",
        ]
    )  # fmt: skip
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PRI"])
    return Example(request(method, path, [("connection", "close")], b"{}" if rng.random() < 0.5 else None), wild=True)


def _broken_http(rng: random.Random, seed: str) -> Example:
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    signed = ("x-hub-signature-256", sign_meta(body, APP_SECRET))
    post = "POST"
    sent = rng.choice(
        [
            rng.randbytes(rng.randrange(1, 300)),
            b"\x16\x03\x01" + rng.randbytes(200),
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET\r\n\r\n",
            b"POST /webhooks/meta HTTP/1.1\r\n: x\r\n\r\n",
            b"POST /webhooks/meta HTTP/1.1\r\nx\x00y: 1\r\n\r\n",
            request(post, "/webhooks/meta", [signed, ("content-length", "-1")], body),
            request(post, "/webhooks/meta", [signed, ("content-length", "99999999999999999999")], body),
            request(post, "/webhooks/meta", [signed, ("content-length", "5")], body),
            request(post, "/webhooks/meta", [signed, ("content-length", "5"), ("content-length", "6")], body),
            request(post, "/webhooks/meta", [signed, ("content-length", "5"), ("transfer-encoding", "chunked")], body),
            request(post, "/webhooks/meta", [signed, ("transfer-encoding", "chunked")], b"zz\r\n" + body),
            request(post, "/webhooks/meta", [signed, ("transfer-encoding", "gzip, chunked")], b"0\r\n\r\n"),
            request(post, "/webhooks/meta", [signed, ("transfer-encoding", "identity")], body),
            request(post, "/webhooks/meta", [signed, ("expect", "100-continue")], body),
            request(post, "/webhooks/meta", [signed, ("upgrade", "h2c"), ("connection", "upgrade")], body),
            request("GET", "/", [("upgrade", "websocket"), ("connection", "upgrade")]),
            request("GET", "/", [(f"x-{number}", "y") for number in range(rng.choice([90, 200]))]),
            request("GET", "/", [("x", "y" * rng.choice([20_000, 60_000]))]),
            request("GET", "/" + "u" * rng.choice([8000, 9000])),
            "GET /é HTTP/1.1\r\nhost: é\r\n\r\n".encode(rng.choice(["utf-8", "latin-1"])),
            request(post, "/webhooks/meta", [signed], body) * 3,
        ]
    )
    if rng.random() < 0.2:
        at = rng.randrange(len(sent))
        sent = sent[:at] + rng.randbytes(2) + sent[at:]
    return Example(sent, wild=True)


PUBLIC = "http://public.example.com"  # PUBLIC_BASE_URL of the ingress that is fuzzed
_KINDS: list[tuple[Make, int]] = [
    (_meta, 45),
    (_twilio, 22),
    (_unsigned, 8),
    (_any_form, 6),
    (_handshake, 6),
    (_odd_path, 5),
    (_broken_http, 7),
    (_large, 1),
]
