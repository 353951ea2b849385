"""`parley chat` with piped input."""

from tests.cli.conftest import Live


def test_piped_messages_are_answered_line_by_line(live: Live, customer: str) -> None:
    done = live.parley(
        "chat",
        "--from",
        customer,
        stdin="when do you open?\ndo you have coasters?\n2\n/image nice\n/quit\nnever sent\n",
    )

    assert done.code == 0, done.err
    assert done.out.splitlines()[:9] == [
        "you> when do you open?",
        "acme> We are open from 9 to 5, Monday to Saturday.",
        "you> do you have coasters?",
        "acme> Yes, we have:",
        "      1) Oak coaster – 4.50 USD",
        "      2) Slate coaster – 6.00 USD",
        "      3) Cork coaster – 2.50 USD",
        "      How many/which one would you like?",
        "you> 2",
    ]
    assert "acme> You chose 2) Slate coaster" in done.out
    assert "never sent" not in done.out


def test_twilio_customer_is_answered(live: Live, customer: str) -> None:
    done = live.parley("chat", "--provider", "twilio", "--from", customer, stdin="How can I pay?\n/location 6.4 3.4\n")

    assert "acme> By card, bank transfer, or cash on delivery in Lagos." in done.out
    assert "no reply" not in done.out


def test_missing_answer_is_reported(live: Live, customer: str) -> None:
    done = live.parley("chat", "--from", customer, "--quiet", "1", stdin="agent\nstill there?\n")

    assert "acme> A colleague will be with you here shortly." in done.out
    assert done.out.endswith("you> still there?\n(no reply within 1 s)\n")


def test_unknown_command_and_channel_are_reported_in_one_line(live: Live, customer: str) -> None:
    assert live.parley("chat", stdin="/dance\n").err.startswith("parley: there is no /dance; the commands are /image")
    assert live.parley("chat", "--channel", "x", stdin="").err == (
        "parley: no channel matches x; there are acme/main (meta), acme/tw (twilio)\n"
    )
