"""The phone of a simulated customer exists in front of simulators only."""

import pytest

from services.console.api.phone import has_phone
from shared.providers.simulated_phone import option_content
from shared.settings import Settings
from tests.console.console import Console

SIMULATORS = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("phone", "console", "there"),
    [
        pytest.param("", "http://127.0.0.1:8090", False, id="real providers have no phone"),
        pytest.param(SIMULATORS, "https://wa.example.com", False, id="a console on the network has no phone"),
        pytest.param(SIMULATORS, "http://127.0.0.1:8090", True, id="the demo has a phone"),
    ],
)
def test_phone_is_there_in_front_of_simulators_on_this_machine(phone: str, console: str, there: bool) -> None:
    settings = Settings(console_phone_url=phone)
    assert has_phone(settings.model_copy(update={"console_url": console})) is there


async def test_routes_of_the_phone_are_not_found_in_front_of_real_providers(console: Console) -> None:
    agent = console.client("agent")
    message = {"channel": "main", "number": "+2348035550101", "name": "Ada", "text": "hello"}
    answers = [
        await agent.get("phone"),
        await agent.get("phone/messages?channel=main&number=%2B2348035550101"),
        await agent.post("phone/messages", message),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_chosen_option_becomes_what_each_provider_sends() -> None:
    meta = option_content("meta", "oak", "Oak", row=True)
    assert meta == {
        "type": "interactive",
        "content": {"type": "list_reply", "list_reply": {"id": "oak", "title": "Oak"}},
    }
    twilio = option_content("twilio", "yes", "Yes", row=False)
    assert twilio["extra"] == {"MessageType": "button", "ButtonPayload": "yes", "ButtonText": "Yes"}
