"""`parley dlq`: what could not be processed is listed, shown, and replayed once its cause is mended."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.conftest import DEMO, Live, parley, until


def letters(live: Live, *options: str) -> list[dict[str, Any]]:
    return live.parley("dlq", "list", "--json", *options).lines()


def script(live: Live, rule: dict[str, Any] | None) -> None:
    """Add a rule to the simulators, or take all away."""
    url = f"{live.simulators.url}/_sim/script"
    data = json.dumps(rule).encode() if rule else None
    with urllib.request.urlopen(urllib.request.Request(url, data, method="POST" if rule else "DELETE")):  # noqa: S310
        pass


def test_a_number_that_nobody_owned_is_answered_after_it_was_applied(live: Live, customer: str, tmp_path: Path) -> None:
    for _ in range(2):  # Meta delivers it twice
        live.write(
            "when do you open?", customer, phone_number_id="777000111222", id="wamid.early", timestamp=1795182850
        )

    until(lambda: live.buried("unknown_recipient"))
    [letter] = letters(live, "--reason", "unknown_recipient")
    assert (letter["count"], letter["replayed"]) == (2, 0)
    assert letter["detail"] == "no workspace owns meta 777000111222"

    shown = live.parley("dlq", "show", letter["id"][:8])
    assert '"body": "when do you open?"' in shown.out
    assert customer[-6:] not in shown.out
    assert customer in live.parley("dlq", "show", letter["id"], "--raw").out

    early = live.parley("dlq", "replay", letter["id"])
    assert (early.code, early.out) == (1, "")
    assert "still no workspace owns meta 777000111222" in early.err

    late = DEMO.read_text().replace("workspace: acme", "workspace: late").replace("665397593326012", "777000111222")
    (tmp_path / "late.yaml").write_text(late.replace("+14155238886", "+14155238887"))
    assert live.parley("apply", "-f", str(tmp_path / "late.yaml")).code == 0

    assert live.parley("dlq", "replay", letter["id"]).out == f"{letter['id']}: accepted by ingress anew\n"
    assert live.got(customer)[0]["text"].startswith("We are open from 9 to 5")
    assert live.trace("wamid.early")["messages"][0]["workspace"] == "late"

    second = live.parley("dlq", "replay", letter["id"])
    assert second.code == 1
    assert "was replayed already" in second.err
    assert letters(live, "--reason", "unknown_recipient")[0]["replayed"] == 1

    assert live.parley("dlq", "replay", letter["id"], "--again").code == 0  # harmless: the message is known
    assert letters(live, "--reason", "unknown_recipient")[0]["replayed"] == 2
    assert len(live.got(customer)) == 1


def test_a_refused_message_is_sent_when_it_is_replayed(live: Live, customer: str) -> None:
    fault = {"kind": "error", "code": 131026}
    script(live, {"provider": "meta", "match": {"to": customer, "kind": "message"}, "fault": fault})
    wamid = live.write("when do you open?", customer)
    until(lambda: live.buried("send_rejected"))
    [letter] = letters(live, "--reason", "send_rejected")
    assert "131026" in letter["detail"]
    assert "131026" in live.parley("trace", wamid).out
    script(live, None)

    replayed = live.parley("dlq", "replay", "--reason", "send_rejected", "--workspace", "acme", "--yes")

    assert replayed.out == f"{letter['id']}: put into outbound.messages\n"
    assert len(live.got(customer)) == 1
    assert live.trace(wamid)["outbound"][0]["attempt"] == 2
    again = live.parley("dlq", "replay", letter["id"], "--again")
    assert (again.code, "is `sent`" in again.err) == (1, True)
    assert len(live.got(customer)) == 1
    everything = live.parley("dlq", "replay", "--reason", "send_rejected", "--yes")
    assert everything.out.startswith("Nothing to replay")


def test_mistakes_are_one_line(live: Live) -> None:
    for arguments, said in (
        (("replay",), "say which to replay"),
        (("show", "no-such-letter"), "there is no dead letter no-such-letter"),
        (("list", "--reason", "boredom"), "there is no reason 'boredom'; there are unknown_recipient,"),
    ):
        done = live.parley("dlq", *arguments)
        assert done.code == 1
        assert done.err.startswith(f"parley: {said}")
        assert done.err.count("\n") == 1


def test_without_a_stack_it_says_so(tmp_path: Path) -> None:
    nowhere = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "MONGODB_URI": "mongodb://127.0.0.1:9/",
        "SECRETS_KEY": "A" * 43 + "=",
    }
    done = parley("dlq", "list", "--dir", str(tmp_path / "none"), env=nowhere)

    assert done.code == 1
    assert "is away" in done.err
    assert done.err.count("\n") == 1
