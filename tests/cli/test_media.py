"""`parley media` fetches what a customer sent, from the simulated providers."""

from pathlib import Path

import pytest

from devtools.simulators.picture import PNG
from tests.cli.conftest import Live, until


def stored(live: Live, message_id: str) -> str:
    """Once the router has it."""
    return until(lambda: message_id if live.parley("trace", message_id).code == 0 else "")


@pytest.mark.parametrize("provider", ["meta", "twilio"])
def test_a_picture_is_fetched(live: Live, customer: str, tmp_path: Path, provider: str) -> None:
    out = tmp_path / "picture.png"
    if provider == "meta":
        sent = live.write("", customer, type="image", content={"id": "1234567890", "caption": "This one?"})
    else:
        account = {"account_sid": "AC" + "0" * 31 + "1", "auth_token": "demo-twilio", "to": "+14155238886"}
        written = {"provider": "twilio", "from": customer, "media": [["", "image/png"]], **account}
        sent = str(live.simulators.inbound(written)["id"])
    done = live.parley("media", stored(live, sent), "--out", str(out))
    assert done.out == f"{out}: image/png, {len(PNG)} bytes\n", done.err
    assert out.read_bytes() == PNG
    assert "exists already" in live.parley("media", sent, "--out", str(out)).err


def test_what_has_no_media_is_one_line(live: Live, customer: str, tmp_path: Path) -> None:
    out = str(tmp_path / "a")
    text = stored(live, live.write("when do you open?", customer))
    assert live.parley("media", text, "--out", out).err == "parley: the message has no media: it is of the type text\n"
    assert live.parley("media", "nothing", "--out", out).err == (
        "parley: no customer's message is stored with the id nothing\n"
    )
    gone = stored(live, live.write("", customer, type="image", content={"id": "not-digits"}))
    assert live.parley("media", gone, "--out", out).err == (
        "parley: The provider has no such media (any more). (nothing_there)\n"
    )
