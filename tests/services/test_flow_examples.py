"""The flows of the documentation and of the examples, played through."""

from pathlib import Path

from shared.domain.conversation import CustomerChange
from tests.services.flow_builders import Talk, example, in_time, said


def test_lead_example_qualifies_a_buyer() -> None:
    talk = Talk(example("lead")).begin()
    assert talk.heard[1] == "What is it for? [My business | My home]"
    assert talk.say("1").heard == ["Which company are you with?"]
    assert talk.say("Acme").heard == ["What may it cost, in NGN?"]
    assert talk.say("a lot").heard == ["Please write a number, such as 500."]
    assert talk.say("1,200").heard == ["To which e-mail address may we send the quote?"]
    outcome = talk.say("it is ada@example.com, thanks").outcome
    assert outcome.effects == (
        CustomerChange(add_tags=("lead",), fields={"budget": 1200, "email": "ada@example.com", "company": "Acme"}),
        CustomerChange(add_tags=("hot",), qualified=True),
    )
    assert talk.heard == ["Thank you! For NGN 1,200.00 there is a lot that we can do."]
    assert (outcome.hand_off, outcome.position) == ("qualified lead", None)


def test_lead_example_branches_for_a_home() -> None:
    talk = Talk(example("lead")).begin().say("my home").say("300").say("ada@example.com")
    assert talk.heard == ["Thank you! You get our price list at ada@example.com today."]
    assert (talk.outcome.hand_off, talk.outcome.position) == (None, None)


def test_lead_example_reminds_after_half_an_hour_and_ends_after_a_day() -> None:
    talk = Talk(example("lead")).begin().say("2")
    assert talk.outcome.due_at == in_time(minutes=30)
    assert talk.wait("30m").heard == ["Are you still there? A rough number is enough.", "What may it cost, in NGN?"]
    talk.say("5").wait("1d")
    assert talk.outcome.effects == (CustomerChange(add_tags=("lead", "unfinished")),)
    assert talk.outcome.position is None


def test_appointment_example_books() -> None:
    talk = Talk(example("appointment")).begin()
    assert talk.say("yesterday").heard == ["Please write a date, such as 24 March or 24/03."]
    assert talk.say("1 April").heard == ["At what time on 2026-04-01? <9:00 | 11:00 | 14:00 | 16:00>"]
    assert talk.say("14:00").heard == ["2026-04-01 at 14:00. Shall I book it? [Yes | Another day | No]"]
    assert talk.say(said("Another day", choice="Another day")).heard[0].startswith("On which day")
    talk.say("2/4").say("4").say("yes!")
    assert talk.heard == ["Booked: 2026-04-02 at 16:00. See you then!"]
    assert talk.outcome.effects[0] == CustomerChange(
        fields={"appointment": "2026-04-02 16:00"}, add_tags=("appointment",)
    )


def test_appointment_example_reminds_once() -> None:
    talk = Talk(example("appointment")).begin().say("tomorrow").wait("2h")
    assert talk.heard[0] == "Your appointment is not booked yet. Shall we go on?"
    assert talk.wait("1h").outcome.taken is False, "nothing is due"
    assert talk.wait("1h").heard == ["All right. Write *appointment* whenever it suits you."]


def test_example_of_the_documentation_runs_as_described() -> None:
    page = (Path(__file__).parents[2] / "docs/flows.md").read_text().split("```yaml\n")[1].split("```")[0]
    talk = Talk(page).begin()
    assert talk.heard == ["Hello Ada!", "For how many people?"]
    assert talk.say("four").heard == ["Please write a whole number from 1 to 40."]
    talk.say("4").say("24 March")
    assert talk.heard == ["4 people on 2026-03-24. Shall I book it? [Yes | Another day]"]
    assert talk.say("do you have parking?").outcome.taken is False
    assert talk.position.step == "confirm"
    assert talk.say("1").heard == ["Booked. See you then!"]
    assert Talk(page).begin().say("20").outcome.hand_off == "a large table"
    assert Talk(page).begin().wait("2h").heard == ["No table was booked. Write *table* when you want one."]


# A question, an answer, and what is kept of it (or what is said when it does not fit).
