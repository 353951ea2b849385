"""A member of the wrong type does not affect the rest of a webhook item or an answer."""

import copy
import inspect
import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import msgspec
import pytest

from shared.messages.content import CatalogOrder, Choice, Text, Unsupported
from shared.messages.inbound import Status
from shared.providers.api_calls import ApiResponse
from shared.providers.errors import ErrorKind, MediaError
from shared.providers.lenient import LenientDecoder, _must_be_valid, _options
from shared.providers.meta import definitions, media, sender, upload, webhook, wire
from shared.providers.meta.webhook import parse
from shared.providers.msg91 import sender as msg91_sender
from shared.providers.msg91 import webhook as msg91
from shared.providers.port import ParsedMessage, ParsedStatus
from shared.providers.twilio import sender as twilio_sender
from shared.providers.twilio import webhook as twilio
from tests.providers.payloads import names, payload

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ODD: list[Any] = ["odd", "", 7, 0.5, True, None, [], [7], [["odd"]], {}, {"odd": {"odd": 1}}, 10**30, "x" * 5000]
DECIDING = {("id",), ("timestamp",), ("type",), ("from",), ("status",)}
PARAMETERS = ["Latitude", "Longitude", "NumMedia", "ErrorCode", "ErrorMessage", "Forwarded", "MessageType"]
PARAMETERS += ["ProfileName", "WaId", "ReferralSourceId", "OriginalRepliedMessageSid", "MediaContentType0"]
MODULES: list[ModuleType] = [wire, sender, upload, media, definitions, msg91_sender, twilio_sender, webhook]
STRUCTS = sorted(
    {
        found
        for module in MODULES
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, msgspec.Struct) and found.__module__ == module.__name__
    },
    key=lambda found: (found.__module__, found.__name__),
)


def items(kind: str) -> list[Any]:
    wanted = ParsedMessage if kind == "messages" else ParsedStatus
    read = [(name, result) for name in names("meta") for result in parse(payload("meta", name))]
    return [
        pytest.param(json.loads(result.raw), id=f"{name}-{result.provider_message_id}")
        for name, result in read
        if isinstance(result, wanted)
    ]


def body(kind: str, item: Any, **beside: Any) -> bytes:
    value = {
        "metadata": {"phone_number_id": "665397593326012"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "2348030000001", "user_id": "NG.1"}],
        kind: [item],
        **beside,
    }
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, child in children for deeper in paths(child, (*path, key)))]


def spoilt(item: Any, known: tuple[str, ...]) -> list[tuple[tuple[Any, ...], Any]]:
    """Yield the item with each of its known members replaced by each odd value."""
    made = []
    for path in [*paths(item), *((name,) for name in known if name not in item)]:
        if path and path not in DECIDING:
            for odd in ODD:
                changed = copy.deepcopy(item)
                node = changed
                for key in path[:-1]:
                    node = node[key]
                node[path[-1]] = odd
                made.append((path, changed))
    return made


def encoded_names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


@pytest.mark.parametrize("item", items("messages"))
def test_meta_message_survives_any_invalid_member(item: dict[str, Any]) -> None:
    for path, changed in spoilt(item, encoded_names(wire.Message)):
        (read,) = parse(body("messages", changed))
        assert isinstance(read, ParsedMessage), (path, read)
        assert read.provider_message_id == item["id"]
        assert read.sent_at == datetime.fromtimestamp(int(item["timestamp"]), UTC)
        assert json.loads(read.raw) == changed, "the raw item keeps the invalid member"


@pytest.mark.parametrize("item", items("statuses"))
def test_meta_status_survives_any_invalid_member(item: dict[str, Any]) -> None:
    for path, changed in spoilt(item, encoded_names(wire.Status)):
        (read,) = parse(body("statuses", changed))
        assert isinstance(read, ParsedStatus), (path, read)
        assert (read.provider_message_id, read.status.value) in {
            (item["id"], item["status"]),
            (item["id"], "unknown"),
        }
        if path[0] != "errors":
            assert [error.code for error in read.errors] == [str(error["code"]) for error in item.get("errors", [])]
        elif len(path) > 2 and path[2] != "code":
            assert read.errors[0].code == str(item["errors"][0]["code"])


@pytest.mark.parametrize("beside", ["contacts", "metadata.display_phone_number", "messaging_product", "errors"])
@pytest.mark.parametrize("odd", ODD)
def test_message_survives_invalid_neighbours(beside: str, odd: Any) -> None:
    message = {"id": "wamid.1", "from": "2348030000001", "timestamp": "1", "type": "text", "text": {"body": "hi"}}
    name, _, inner = beside.partition(".")
    value = {"phone_number_id": "665397593326012", inner: odd} if inner else odd
    read = parse(body("messages", message, **{name: value}))[0]
    assert isinstance(read, ParsedMessage)
    assert read.content == Text(body="hi")


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("member", ["profile", "profile.name", "username", "user_id"])
def test_contact_survives_any_invalid_member(member: str, odd: Any) -> None:
    message = {"id": "wamid.1", "from": "NG.7", "timestamp": "1", "type": "text", "text": {"body": "hi"}}
    name, _, inner = member.partition(".")
    contact = {"wa_id": "2348030000001", "profile": {"name": "Ada"}, name: {inner: odd} if inner else odd}
    (read,) = parse(body("messages", message, contacts=[contact]))
    assert isinstance(read, ParsedMessage)
    assert read.sender.phone == "+2348030000001"


def test_status_with_a_text_for_error_data_keeps_its_code_and_the_text() -> None:
    error = {"code": 131026, "title": "Message undeliverable", "error_data": "Message Undeliverable."}
    item = {"id": "wamid.1", "status": "failed", "timestamp": "1795914000", "errors": [error]}
    (read,) = parse(body("statuses", item))
    assert isinstance(read, ParsedStatus)
    assert read.status is Status.FAILED
    assert [(error.code, error.detail) for error in read.errors] == [("131026", "Message Undeliverable.")]


def test_lone_error_where_a_list_is_usual_keeps_its_code() -> None:
    item = {"id": "wamid.1", "status": "failed", "timestamp": "1", "errors": {"code": "131050"}}
    (read,) = parse(body("statuses", item))
    assert isinstance(read, ParsedStatus)
    assert [error.code for error in read.errors] == ["131050"]


@pytest.mark.parametrize("odd", [131047, "131047", ["131047"], [131047, None], "(#131047) Re-engagement message"])
def test_bare_error_code_is_kept(odd: Any) -> None:
    item = {"id": "wamid.1", "status": "FAILED", "timestamp": "1", "errors": odd}
    (read,) = parse(body("statuses", item))
    assert isinstance(read, ParsedStatus)
    assert (read.status, [error.code for error in read.errors]) == (Status.FAILED, ["131047"])


@pytest.mark.parametrize(
    "interactive",
    [
        {"button_reply": {"id": "oak", "title": "Oak"}},
        {"type": "button_reply", "button_reply": {"title": "oak"}},
        {"type": 5, "list_reply": {"id": "oak", "title": []}},
    ],
)
def test_choice_survives_without_its_type_or_its_id(interactive: dict[str, Any]) -> None:
    item = {"id": "w", "from": "2348030000001", "timestamp": "1", "type": "interactive", "interactive": interactive}
    (read,) = parse(body("messages", item))
    assert isinstance(read, ParsedMessage)
    assert isinstance(read.content, Choice)
    assert read.content.id == "oak"


def test_empty_choice_is_unsupported() -> None:
    interactive = {"type": "button_reply", "button_reply": {}}
    item = {"id": "w", "from": "2348030000001", "timestamp": "1", "type": "interactive", "interactive": interactive}
    (read,) = parse(body("messages", item))
    assert isinstance(read, ParsedMessage)
    assert read.content == Unsupported(type="interactive")


@pytest.mark.parametrize(
    ("member", "value"), [("quantity", {}), ("quantity", "many"), ("product_retailer_id", []), ("quantity", None)]
)
def test_order_with_an_unreadable_line_is_unsupported(member: str, value: Any) -> None:
    lines = [{"product_retailer_id": "C1", "quantity": 1}, {"product_retailer_id": "C2", "quantity": 2, member: value}]
    item = {"id": "w", "from": "2348030000001", "timestamp": "1", "type": "order", "order": {"product_items": lines}}
    (read,) = parse(body("messages", item))
    assert isinstance(read, ParsedMessage)
    assert read.content == Unsupported(type="order", detail="")


@pytest.mark.parametrize("price", [{"amount": 5}, "1,299.50", 1e40, "free"])
def test_order_survives_an_invalid_price(price: Any) -> None:
    line = {"product_retailer_id": "C1", "quantity": 2, "item_price": price, "currency": 7}
    item = {"id": "w", "from": "2348030000001", "timestamp": "1", "type": "order", "order": {"product_items": [line]}}
    (read,) = parse(body("messages", item))
    assert isinstance(read, ParsedMessage)
    assert isinstance(read.content, CatalogOrder)
    assert [(item.sku, item.quantity, item.price) for item in read.content.items] == [("C1", 2, "")]


def answer(body: Any, status: int = 200) -> ApiResponse:
    return ApiResponse(status=status, body=json.dumps(body).encode(), retry_after=None)


def least(kind: Any) -> Any:
    """Return a value for a required member."""
    option = next(_options(kind), msgspec.Raw)
    if isinstance(option, type) and issubclass(option, msgspec.Struct):
        return example(option)
    if getattr(option, "__origin__", None) in {list, tuple}:
        return [] if option.__args__[0] is msgspec.Raw else [least(option.__args__[0])]
    return {msgspec.Raw: {}, float: 1.5, int: 5}.get(option, "5")


def example(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.encode_name: least(field.type) for field in msgspec.structs.fields(kind) if field.required}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: f"{struct.__module__}.{struct.__name__}")
def test_every_wire_type_survives_invalid_optional_members(struct: type[msgspec.Struct]) -> None:
    decoder, good = LenientDecoder(struct), example(struct)
    required = [field.name for field in msgspec.structs.fields(struct) if field.required]
    whole = decoder.decode(json.dumps(good).encode())
    for field in msgspec.structs.fields(struct):
        if field.required or _must_be_valid(field.type):
            continue
        for odd in ODD:
            read = decoder.decode(json.dumps({**good, field.encode_name: odd}).encode())
            assert all(getattr(read, name) == getattr(whole, name) for name in required), (field.name, odd)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("member", ["error_data", "title", "message", "type", "fbtrace_id", "error_subcode"])
def test_refusal_of_meta_keeps_its_code(member: str, odd: Any) -> None:
    error = sender._refusal(answer({"error": {"message": "An unknown error", "code": 131050, member: odd}}, 400))
    assert (error.kind, error.code) == (ErrorKind.OPT_OUT, "131050")


@pytest.mark.parametrize("odd", ODD)
def test_refused_upload_keeps_its_code(odd: Any) -> None:
    with pytest.raises(MediaError, match="190"):
        upload._id_of(400, json.dumps({"error": {"code": 190, "error_data": odd, "message": odd}}).encode())


@pytest.mark.parametrize("odd", ODD)
def test_answers_keep_valid_members(odd: Any) -> None:
    sent = json.dumps({"contacts": odd, "messages": [{"id": 7, "message_status": odd}], "messaging_product": odd})
    assert sender._ACCEPTED.decode(sent.encode()).messages[0].id == "7"
    refused = twilio_sender._ERROR.decode(json.dumps({"code": 21610, "message": odd, "more_info": odd}).encode())
    assert refused.code == 21610
    reason = {"code": 131050, "message": odd}
    response = msg91_sender._RESPONSE.decode(
        json.dumps({"hasError": True, "request_id": odd, "errors": reason}).encode()
    )
    assert response.error is True
    assert isinstance(response.errors, msg91_sender._ErrorDetail)
    assert response.errors.code == 131050
    found = media._LOCATION.decode(json.dumps({"url": "https://x", "mime_type": odd, "file_size": odd}).encode())
    assert found.url == "https://x"


@pytest.mark.parametrize("odd", ["odd", "", "nan", "1e999", "{}", "[]", "null", "true", "-1", "x" * 5000])
@pytest.mark.parametrize("member", PARAMETERS)
def test_twilio_form_survives_any_parameter(member: str, odd: str) -> None:
    form = {"MessageSid": "SM1", "From": "whatsapp:+2348030000001", "To": "whatsapp:+14155238886", "Body": "hi"}
    form |= {"Latitude": "6.5", "Longitude": "3.4"} if member in {"Latitude", "Longitude"} else {}
    (read,) = twilio.parse_message(list({**form, member: odd}.items()), NOW)
    assert isinstance(read, ParsedMessage)
    assert (read.provider_message_id, read.sender.phone) == ("SM1", "+2348030000001")
    status = {"MessageSid": "SM1", "From": "whatsapp:+14155238886", "MessageStatus": "failed", member: odd}
    (parsed,) = twilio.parse_status(list(status.items()), "ours", NOW)
    assert isinstance(parsed, ParsedStatus)
    assert (parsed.status, parsed.outbound_id) == (Status.FAILED, "ours")


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("member", [name for name in msg91.FIELDS if name not in {"id", "request", "customer"}])
def test_msg91_item_survives_any_invalid_member(member: str, odd: Any) -> None:
    name = msg91.FIELDS[member]
    item = {"uuid": "m1", "customerNumber": 919876543210, "contentType": "text", "text": "hi", name: odd}
    (read,) = msg91.parse(json.dumps(item).encode(), "+919876543211", NOW)
    assert isinstance(read, ParsedMessage)
    if member not in {"event", "text"}:
        report = {"requestId": "r1", "eventName": "failed", "reason": "131050", name: odd}
        (parsed,) = msg91.parse(json.dumps(report).encode(), "+919876543211", NOW)
        assert isinstance(parsed, ParsedStatus)
        assert parsed.status is Status.FAILED
