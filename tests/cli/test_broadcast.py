"""`parley broadcast`: from a file of people to messages that have arrived, with what would happen said before."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devtools.cli.broadcast_screen import held_off_in_words, tell_estimate
from shared.domain.broadcast import Broadcast, BroadcastText
from shared.operations.broadcasts.estimate import Estimate
from shared.repositories.broadcast_recipients import DeferredRetries
from tests.cli.conftest import Live, until

_names = itertools.count(1)
TEMPLATE = ("--template", "news", "--param", "{{ customer.name }}", "--param", "{{ customer.fields.city }}")


@pytest.fixture
def name() -> str:
    return f"spring-{next(_names)}"


def file(place: Path, *rows: str) -> str:
    path = place / "people.csv"
    path.write_text("\n".join(("name;phone;city;opted out", *rows)) + "\n")
    return str(path)


@pytest.fixture
def numbers() -> list[str]:
    start = 2348036660000 + 10 * next(_names)
    return [f"+{start + n}" for n in range(3)]


def test_from_a_file_to_messages_that_have_arrived(live: Live, name: str, numbers: list[str], tmp_path: Path) -> None:
    ada, bo, cy = numbers
    people = file(tmp_path, f"Ada;{ada};Lagos;", f"Bo;{bo};;", f"Cy;{cy};Kano;yes", f"Ada L;{ada};;", "Dee;0803;;")
    made = live.parley(
        *("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE),
        *("--price", "0.02", "--rate", "50"),
    )
    assert made.code == 0, made.err
    assert "2 people, 1 lines left out, 1 have opted out by the file" in made.out
    assert "line 6 is left out: phone" in made.out
    assert f"{name} is a draft" in made.out
    assert "1 of 2 would get it" in made.out
    assert "1 skipped: not_filled_in" in made.out
    assert "cost: about USD 0.02" in made.out
    assert live.simulators.records(since=0, to=ada, kind="message")[0] == [], "nothing is sent yet"

    dry = live.parley("broadcast", "start", name, "-w", "acme", "--dry-run", "--json").json()
    assert (dry["audience"], dry["to_send"], dry["skipped"], dry["cost"]) == (2, 1, {"not_filled_in": 1}, "0.02")

    started = live.parley("broadcast", "start", name, "-w", "acme", "--watch")
    assert started.code == 0, started.err
    assert f"{name}: done" in started.out
    assert "skipped: 1 not_filled_in" in started.out
    (sent,) = live.got(ada)
    assert sent["text"] == "news"

    def read() -> bool:
        return bool(live.parley("broadcast", "status", name, "-w", "acme", "--json").json()["counts"]["read"] == 1)

    until(read)
    listed = live.parley("broadcast", "list", "-w", "acme").out
    assert re.search(rf"done +{name}  2 recipients", listed)
    again = live.parley("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE)
    assert (again.code, "already" in again.err) == (1, True)
    assert live.parley("broadcast", "start", name, "-w", "acme").code == 1
    assert "Nobody" in live.parley("broadcast", "retry", name, "-w", "acme").out


def test_one_that_begins_later_can_be_paused_resumed_and_cancelled(
    live: Live, name: str, numbers: list[str], tmp_path: Path
) -> None:
    people = file(tmp_path, f"Ada;{numbers[0]};Lagos;")
    assert live.parley("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE).code == 0
    started = live.parley("broadcast", "start", name, "-w", "acme", "--at", "2099-05-01T09:00")
    assert f"{name} begins at 2099-05-01 09:00 WAT" in started.out, started.err
    shown = live.parley("broadcast", "status", name, "-w", "acme").out
    assert "begins 2099-05-01 08:00 UTC" in shown
    for command, said in (("pause", "paused"), ("resume", "resumed"), ("cancel", "cancelled")):
        assert live.parley("broadcast", command, name, "-w", "acme").out == f"{name} is {said}.\n"
    refused = live.parley("broadcast", "resume", name, "-w", "acme")
    assert refused.err == f"parley: {name} cannot be resumed: it is cancelled\n"
    assert live.simulators.records(since=0, to=numbers[0], kind="message")[0] == []


MISTAKES = [
    ("for nobody", ("create", "x", "--text", "Hi"), "say for whom: --segment or --csv"),
    ("nothing to say", ("create", "x", "--segment", "vips"), "say what to send"),
    ("two things to say", ("create", "x", "--segment", "vips", "--text", "Hi", "--flow", "y"), "say what to send"),
    ("no such segment", ("create", "x", "--segment", "vips", "--text", "Hi"), "there is no segment 'vips'"),
    ("no such file", ("create", "x", "--csv", "no/such.csv", "--text", "Hi"), "No such file or directory"),
    ("no such flow", ("create", "x", "--csv", "no.csv", "--flow", "quiz"), "there is no flow 'quiz'"),
    ("no such broadcast", ("start", "nothing"), "acme has no broadcast 'nothing'"),
    ("no such broadcast to show", ("status", "nothing"), "acme has no broadcast 'nothing'"),
    (
        "no such field",
        ("create", "x", "--csv", "no.csv", "--text", "{{ customer.nam }}"),
        "`customer.nam` is not known",
    ),
]


@pytest.mark.parametrize(("arguments", "said"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_one_clear_line(live: Live, arguments: tuple[str, ...], said: str) -> None:
    done = live.parley("broadcast", *arguments, "-w", "acme")
    assert done.code == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_header_and_buttons_are_filled(live: Live, name: str, numbers: list[str], tmp_path: Path) -> None:
    people = file(tmp_path, f"Ada;{numbers[0]};Lagos;")
    made = live.parley(
        *("broadcast", "create", name, "-w", "acme", "--csv", people, "--template", "sale"),
        *("--header-file", "image:https://acme.example/sale.png"),
        *("--button", "0:url:{{ customer.fields.city }}?a:b", "--button", "1:copy_code:OAK10"),
    )
    assert made.code == 0, made.err
    assert live.parley("broadcast", "start", name, "-w", "acme", "--watch").code == 0
    (sent,) = live.got(numbers[0])
    header, url, code = sent["payload"]["template"]["components"]
    assert header["parameters"] == [{"type": "image", "image": {"link": "https://acme.example/sale.png"}}]
    assert (url["index"], url["parameters"]) == ("0", [{"type": "text", "text": "Lagos?a:b"}])
    assert code["parameters"] == [{"type": "coupon_code", "coupon_code": "OAK10"}]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--header-file", "https://acme.example/sale.png"), "write image, video or document"),
        (("--header-file", "image:"), "write image, video or document"),
        (("--header-file", "audio:https://acme.example/a.ogg"), "write image, video or document"),
        (("--header-file", "image:http://acme.example/a.png"), "needs an https address"),
        (("--button", "first:url:x"), "--button first:url:x: write its number"),
        (("--button", "0:call:x"), "--button 0:call:x: write its number"),
        (("--button", "0:url:"), "--button 0:url:: write its number"),
    ],
)
def test_what_cannot_fill_a_template_is_said(live: Live, name: str, option: tuple[str, str], said: str) -> None:
    done = live.parley("broadcast", "create", name, "-w", "acme", "-s", "any", "--template", "sale", *option)
    assert done.code != 0
    assert said in done.err.replace("\n", " ")


def test_what_fills_a_template_wants_one(live: Live, name: str) -> None:
    done = live.parley("broadcast", "create", name, "-w", "acme", "-s", "any", "--text", "Hi", "--param", "Ada")
    assert done.code != 0
    assert "name it with --template" in done.err


def test_it_is_said_how_many_are_held_off_and_until_when() -> None:
    first = datetime(2026, 5, 2, 9, 0, tzinfo=UTC)
    one, more = (DeferredRetries(count=count, first=first, last=first + timedelta(hours=count - 1)) for count in (1, 3))
    assert held_off_in_words(one) == "1 not to be tried again before 2026-05-02 09:00 UTC (the provider asks for that)"
    assert held_off_in_words(more).removesuffix(" (the provider asks for that)") == (
        "3 not to be tried again before 2026-05-02 09:00 UTC, the last not before 2026-05-02 11:00 UTC"
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_a_dry_run_says_how_many_could_not_be_reached_before(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    made = datetime(2026, 5, 2, tzinfo=UTC)
    broadcast = Broadcast(
        id="b", workspace="acme", name="b", channel="main", what=BroadcastText(text="Hi"), created_at=made, by="u"
    )
    found = Estimate(audience=9, to_send=7, skipped={}, seconds=1.0, cost=None, problems=(), undeliverable=2)
    tell_estimate(broadcast, found, as_json=as_json)
    said = (
        '"undeliverable": 2'
        if as_json
        else "  2 of them could not be reached the last time, and have not written since"
    )
    assert said in capsys.readouterr().out
