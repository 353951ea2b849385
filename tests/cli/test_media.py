"""`parley media` fetches and uploads files at the simulated providers."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from devtools.simulators.sample_image import PNG
from shared.clock import SystemClock
from tests.cli.conftest import Live, until


def wait_until_stored(live: Live, message_id: str) -> str:
    """Wait until the router has stored a message, and return its id."""
    return until(lambda: message_id if live.parley("trace", message_id).code == 0 else "")


@pytest.mark.parametrize("provider", ["meta", "twilio"])
def test_image_is_fetched_from_its_provider(live: Live, customer: str, tmp_path: Path, provider: str) -> None:
    out = tmp_path / "picture.png"
    if provider == "meta":
        sent = live.write("", customer, type="image", content={"id": "1234567890", "caption": "This one?"})
    else:
        account = {"account_sid": "AC" + "0" * 31 + "1", "auth_token": "demo-twilio", "to": "+14155238886"}
        written = {"provider": "twilio", "from": customer, "media": [["", "image/png"]], **account}
        sent = str(live.simulators.inbound(written)["id"])
    done = live.parley("media", "fetch", wait_until_stored(live, sent), "--out", str(out))
    assert done.out == f"{out}: image/png, {len(PNG)} bytes\n", done.err
    assert out.read_bytes() == PNG
    assert "exists already" in live.parley("media", sent, "--out", str(out)).err


def test_message_without_media_is_reported_in_one_line(live: Live, customer: str, tmp_path: Path) -> None:
    out = str(tmp_path / "a")
    text = wait_until_stored(live, live.write("when do you open?", customer))
    assert live.parley("media", text, "--out", out).err == "parley: the message has no media: it is of the type text\n"
    assert live.parley("media", "nothing", "--out", out).err == (
        "parley: no customer's message is stored with the id nothing\n"
    )
    gone = wait_until_stored(live, live.write("", customer, type="image", content={"id": "not-digits"}))
    assert live.parley("media", gone, "--out", out).err == (
        "parley: The provider has no such media (any more). (nothing_there)\n"
    )


def test_uploaded_file_gets_a_media_id(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "Oak coaster.PNG"
    file.write_bytes(PNG)
    done = live.parley("media", "upload", str(file), "-w", "acme", "-c", "main")
    media_id, how = done.out.splitlines()
    assert media_id.isdecimal(), done.err
    assert f"`image: id:{media_id}`" in how
    shown = live.parley("media", "upload", str(file), "-w", "acme", "-c", "main", "--json").json()
    assert (shown["kind"], shown["mime_type"], shown["size"]) == ("image", "image/png", len(PNG))
    assert timedelta(days=29) < date.fromisoformat(shown["until"]) - SystemClock().now().date() < timedelta(days=31)
    uploads, _ = live.simulators.records(since=0, provider="meta", kind="upload", accepted="true")
    assert {media_id, shown["id"]} <= {record["id"] for record in uploads}


MISTAKES: list[tuple[str, str, bytes, str, str]] = [
    ("unknown channel", "a.png", PNG, "other", "acme has no channel other; there are: main (meta), tw (twilio)"),
    (
        "a number of another provider",
        "a.png",
        PNG,
        "tw",
        "tw is a number at twilio, which takes files by their address",
    ),
    ("a file type that Meta refuses", "a.exe", b"MZ", "main", "Meta takes no such file; it takes .jpg"),
    ("too large", "a.png", bytes(5 * 1024 * 1024 + 1), "main", "files of the kind image of at most 5 MB"),
    ("empty", "a.png", b"", "main", "The file is empty."),
    (
        "content that does not match the name",
        "a.png",
        b"a text",
        "main",
        "Received file of type 'application/octet-stream'.",
    ),
    ("a static sticker that is too large", "a.webp", b"RIFF" + bytes(110_000), "main", "102400"),
    ("missing file", "", b"", "main", "No such file or directory"),
]


@pytest.mark.parametrize("case", MISTAKES, ids=[case[0] for case in MISTAKES])
def test_refused_upload_is_reported_in_one_line(
    live: Live, tmp_path: Path, case: tuple[str, str, bytes, str, str]
) -> None:
    _, name, content, channel, expected = case
    file = tmp_path / (name or "missing.png")
    if name:
        file.write_bytes(content)
    done = live.parley("media", "upload", str(file), "-w", "acme", "-c", channel)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err
    assert len(done.err.splitlines()) == 1
