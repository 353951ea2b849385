"""Exit codes and output of commands as the guides describe them; the exit code of any other is 0."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A result. command: a pattern of page and command. output: patterns, each of which must be found."""

    command: str
    output: tuple[str, ...] = ()
    code: int = 0


SHOWN = (
    Shown(r"README.md parley chat", (r"acme> We are open from 9 to 5",)),
    Shown(r"parley flow simulate docs/", (r"bot> Thank you!",)),
    Shown(r"parley flow simulate FILE", (r"bot> For how many people\?", r"bot> Booked")),
    Shown(r"parley trace ID", (r"router", r"delivery", r"provider")),
    Shown(r"parley tail", (r"inbound|\+234",)),
    Shown(r"parley status --json", (r'"ingress": "http', r'"pids"')),
    Shown(r"docs/tools.md parley trace", (r"ai +tool propose_cart: ok, \d+ ms",)),
    Shown(r"docs/guard.md parley trace", (r"guard: price",)),
    Shown(
        r"docs/models.md parley trace",
        (r"ai +chose smart, claude-sonnet-5-5: complaint; claude-haiku-5-5 would have cost USD 0\.\d+",),
    ),
    Shown(r"parley channels events", (r"account events",)),
    Shown(r"parley models close", (r"claude-haiku-5-5: ",)),
    Shown(r"parley redis", (r"parley:\S+ +\d", r"noeviction")),
    Shown(r"parley broadcast start (spring|NAME) --dry-run", (r"would get it", r"cost")),
    Shown(r"parley broadcast start spring --watch", (r"done",)),
    Shown(r"parley broadcast retry", (r"Nobody|are tried once more",)),
    Shown(r"parley capacity$", (r"1,000", r"100,000", r"10,000,000")),
    Shown(r"parley user create", (r"Set a password within 24 hours: http",)),
    Shown(r"parley customers (find|show)", (r"Ada Lovelace",)),
    Shown(r"parley customers erase .*\"$", (r"--yes",)),
    Shown(r"parley flow show", (r"flowchart TD",)),
    Shown(r"parley flow pull", (r"flows/table.yaml",)),
    Shown(r"parley archive find", (r"We are open from 9 to 5",)),
    Shown(r"parley migrate --check", (r"is as version",)),
    Shown(r"parley faq test", (r"What are your opening hours\?",)),
    Shown(r"parley replay", (r"\.html",)),
    Shown(r"parley media upload", (r"id:\d+",)),
    Shown(r"parley export acme --to folder", (r"folder/acme.yaml",)),
    Shown(r"curl .*/api/v1/openapi.json", (r'"openapi": ?"3\.1',)),
    Shown(r"curl .*Accept: text/csv", (r"^\ufeff?\"?\w+\"?,",)),
    Shown(r"curl .*YOUR-HOST", (r"^403",), 22),  # curl's code for a status of 400 and above, as the tests have it
)
