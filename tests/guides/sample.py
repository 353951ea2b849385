"""A stack with the demo's workspace, in which the guides' commands run as they are printed."""

import asyncio
import itertools
import json
import re
import shlex
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.console.rights import SCOPES
from shared.clock import SystemClock
from shared.domain import ids
from shared.kafka.brokers import Brokers
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.dead_letters.reader import DeadLetterFilter, fetch_dead_letters, read_dead_letters
from shared.repositories.flow_drafts import FlowDraft, FlowDrafts
from shared.storage.mongo import Mongo
from shared.storage.scoped import Scoped
from tests.cli.conftest import Live, until
from tests.cli.runner import DEMO_TOKENS, CommandResult, parley
from tests.cli.test_dlq import make_dead_letter, set_fault, write
from tests.e2e.recipes import read_recipes

T = TypeVar("T")

SECRETS = {
    **DEMO_TOKENS,
    "ACME_CRM_SECRET": "secret-of-the-crm-1",
    "BETA_META_TOKEN": "demo-token",
    "SHOP_META_TOKEN": "demo-token",
    "SHOP_TWILIO_TOKEN": "demo-twilio",
}
PASSWORD = "three bicycles in the rain"  # in the recipes of docs/api.md
ADA = "+2348031234567"  # the customer of the guides
_LIMIT = 60.0
_NEEDS_SHELL = re.compile(r"[|<>;&$`\n]")
_PROPOSAL = {"type": "tool_use", "name": "propose_cart", "input": {"action": "add", "sku": "C1", "quantity": 2}}


@dataclass
class Sample:
    """The stack, the folder with its `.parley`, and what commands of the guides need: each call makes it anew.
    checkout: a copy of the code, in which generators of files may write.
    """

    live: Live
    folder: Path
    checkout: Path
    environment: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _old: str = ""

    def run(self, text: str, stdin: str = "", *, endless: bool = False) -> CommandResult:
        """Run a command: `parley` alone in this process, anything else by a shell. endless: it does not end itself."""
        unquoted = re.sub(r"'[^']*'|\"[^\"$`]*\"", "", text)
        if endless:
            return self._until_printed(text)
        if text.startswith("parley ") and not _NEEDS_SHELL.search(unquoted):
            return parley(*shlex.split(text)[1:], stdin=stdin, env=SECRETS, folder=self.folder)
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self.checkout if text.startswith("python -m") else self.folder,
            env=self.environment | self.variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        failed = "|" in unquoted and bool(done.stderr)  # its exit code is that of the last command
        return CommandResult(done.returncode or int(failed), done.stdout, done.stderr)

    def _until_printed(self, text: str) -> CommandResult:
        """Run a command until it has printed something, while customers write; end it by Ctrl-C."""
        out, err = (self.folder / name for name in ("out", "err"))
        with out.open("w") as output, err.open("w") as errors:
            command = ["bash", "-c", f"exec {text}"]
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=output, stderr=errors)
            try:
                until(lambda: process.poll() is not None or (self.message() and out.read_text()), timeout=_LIMIT)
                process.send_signal(signal.SIGINT)
                code = process.wait(_LIMIT)
            finally:
                process.kill()
                process.wait()
        return CommandResult(code, out.read_text(), err.read_text())

    def does(self, *words: str) -> str:
        """Run a `parley` command that must end well; return its output."""
        done = parley(*words, env=SECRETS, folder=self.folder)
        assert done.code == 0, f"parley {' '.join(words)}: {done.out}{done.err}"
        return done.out

    # Customers and messages

    def customer(self) -> str:
        """Make sure that the customer of the guides exists, and another one; return the number."""
        people = f"name,phone,tags\nAda Lovelace,{ADA},vip\nBo,+2348035559000,vip\n"
        (self.folder / "ada.csv").write_text(people)
        self.does("customers", "import", "ada.csv", "-w", "acme")
        return ADA

    def number(self) -> str:
        """Return a number that no other customer has, in the region's form."""
        return f"0803 555 {next(self._numbers):04}"

    def writer(self) -> str:
        """Return the number of a new customer who has got an answer."""
        number = self.number()
        self.message(number=number)
        return number

    def message(self, text: str = "When do you open?", number: str = "", replies: int = 1) -> str:
        """Return the provider's id of a customer's message that is answered."""
        customer = _international(number or self.number())
        reference = self.live.write(text, customer)
        self.live.received(customer, replies)
        return reference

    def model_message(self, text: str, *contents: Any, replies: int = 1) -> str:
        """The same of a message that a model answers with these contents, one after another."""
        for content in contents:
            blocks = [{"type": "text", "text": content} if isinstance(content, str) else content]
            self._fail("anthropic", {"kind": "answer", "content": blocks}, text_contains=text)
        return self.message(text, replies=replies)

    def proposal(self) -> str:
        """Return the id of a message for which a model proposed a change of the cart."""
        return self.model_message("two of the wooden ones please", _PROPOSAL, "A good choice.", replies=2)

    def guarded_answer(self) -> str:
        """Return the id of a message to which a model answered with a wrong price, twice."""
        return self.model_message("and the round wooden thing", "It is USD 3.99.", "It is only USD 3.98.")

    def correlation(self) -> str:
        return str(asyncio.run(self.live.correlation_of(self.message())))

    def old_customer(self) -> str:
        """Return the number of a customer whose messages are older than a year."""
        if not self._old:
            number = self.writer()
            conversation = ids.conversation_id("acme", "main", _international(number))
            past = SystemClock().now() - timedelta(days=400)
            query = {"conversation_id": conversation}

            async def age(mongo: Mongo) -> None:
                for name, moment in (("inbound", "received_at"), ("outbound", "created_at")):
                    await Scoped(mongo.collection(name), "acme").update_many(query, {"$set": {moment: past}})

            self._in_mongo(age)
            self._old = number
        return self._old

    # Dead letters and stopped channels

    def dead_letter(self, reason: str = "handler_failed") -> str:
        """Return the id of a new dead letter that can be replayed."""
        if reason == "send_rejected":
            return self._rejected()
        letter = make_dead_letter("acme", next(self._numbers), reason=DeadLetterReason(reason))
        if reason == "in_doubt":
            refused = asyncio.run(self._letter(self._rejected()))
            letter = msgspec.structs.replace(refused, reason=DeadLetterReason.IN_DOUBT)
        asyncio.run(write(self.live.stack.info["kafka"], [letter]))
        until(lambda: self._letters("--id", letter.id, "--reason", reason))
        return letter.id

    def reason(self, reason: str) -> str:
        """Return a reason for which there is a dead letter to replay."""
        self.dead_letter(reason)
        return reason

    def stopped_channel(self) -> str:
        """Return the name of a channel that the provider's refusal of its token has stopped."""
        to = _international(self.number())
        self._fail("meta", {"kind": "expired_token"}, to=to, kind="message")
        self.live.write("When do you open?", to)
        until(lambda: self.live.parley("channels", "list").code == 1)
        return "acme/main"

    def _rejected(self) -> str:
        """Return the id of the dead letter of a reply that the provider refused."""
        to, before = _international(self.number()), self._letters("--reason", "send_rejected")
        self._fail("meta", {"kind": "error", "code": 131026}, to=to, kind="message")
        self.live.write("When do you open?", to)
        return str(until(lambda: self._letters("--reason", "send_rejected")[len(before) :])[0]["id"])

    def _letters(self, *options: str) -> list[dict[str, Any]]:
        return self.live.parley("dlq", "list", "--json", *options).lines()

    async def _letter(self, id_: str) -> DeadLetter:
        brokers = Brokers(self.live.stack.info["kafka"])
        found = await read_dead_letters(brokers, DeadLetterFilter(id=id_))
        (letter,) = [letter async for _, letter in fetch_dead_letters(brokers, found.entries)]
        return letter

    def _fail(self, provider: str, fault: Mapping[str, Any], **match: str) -> None:
        """Script one fault of a provider."""
        set_fault(self.live, {"provider": provider, "times": 1, "match": match, "fault": fault})

    # Things with a name

    def broadcast(self, *then: str) -> str:
        """Return the name of a new broadcast after commands such as `pause`. `start` begins it in a far year, `send`
        now.
        """
        name = f"news-{next(self._numbers)}"
        until(lambda: self.live.parley("channels", "list").code == 0)  # a resumed channel needs a moment
        self.does(
            *("broadcast", "create", name, "-w", "acme", "--segment", "vips", "--template", "spring_news"),
            *("--param", "{{ customer.name }}"),
        )
        for command in then:
            words = {"start": ("start", name, "--at", "2099-05-01T09:00"), "send": ("start", name, "--watch")}
            self.does("broadcast", *words.get(command, (command, name)), "-w", "acme")
        return name

    def sent_broadcast(self) -> str:
        """Return the name of a broadcast that is done: that of docs/broadcasts.md if its commands were run."""
        known = self.live.parley("broadcast", "status", "spring", "-w", "acme").code == 0
        return "spring" if known else self.broadcast("send")

    def order(self, *then: str) -> str:
        """Return the number of a new order in these states, one after another."""
        number = self.number()
        self.message("1 x 10", number)
        self.live.write("place order", _international(number))
        text = self.live.received(_international(number), 2)[1]["text"]
        (order,) = re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", text)
        for state in then:
            self.does("orders", "advance", order, state, "-w", "acme")
        return str(order)

    def member(self, email: str) -> str:
        """Return the address of a person who has an account, as after accepting an invitation."""
        self.does("user", "create", email, "--workspace", "acme")
        return email

    def draft(self) -> str:
        """Return the name of a flow with a draft."""
        draft = FlowDraft(flow="table", source=(self.folder / "table.yaml").read_text(), by="", at=SystemClock().now())
        self._in_mongo(lambda mongo: FlowDrafts(mongo, "acme").save(draft))
        return draft.flow

    def topic_at_rest(self) -> str:
        """Return a topic after waiting until no consumer group lags behind."""
        until(lambda: not any(row["records"] for row in self.live.parley("topics", "lag", "--json").lines()))
        return "inbound.messages"

    def folder_of_backups(self) -> str:
        """Return the name of a folder for backups."""
        (self.folder / "backups").mkdir(exist_ok=True)
        return "backups"

    def backup(self) -> str:
        """Return the name of a new backup."""
        name = f"backup-{next(self._numbers)}.jsonl.gz"
        self.does("backup", name)
        return name

    def database(self) -> str:
        """Return the name of a database that does not exist."""
        return f"parley-{next(self._numbers)}"

    def shop(self) -> str:
        """Make the second workspace of the guides."""
        self.does("apply", "-f", "shop.yaml")
        return "shop"

    def sign_in(self) -> None:
        """Make an owner and a key of the API, by the first recipes of docs/api.md; set KEY, API and ID for commands."""
        if "KEY" in self.variables:
            return
        console = self.live.stack.info["console"]
        customer = _international(self.writer())
        link = self.does("user", "create", "ada@example.com", "--workspace", "acme", "--owner")
        token = link.partition("#")[2].split()[0]
        signing_in, *_ = read_recipes({"http://127.0.0.1:8090": str(console), "TOKEN='…'": f"TOKEN='{token}'"})
        key = json.dumps({"name": "all", "scopes": sorted(SCOPES)})
        made = (
            f"session POST \"$API/api-keys\" -H 'Idempotency-Key: key-with-all-scopes' -d '{key}' | value \"it['key']\""
        )
        done = self.run(f"{signing_in.script}\n{made}")
        assert done.code == 0, done.out + done.err
        conversation = ids.conversation_id("acme", "main", customer)
        self.variables |= {"KEY": done.out.split()[-1], "API": f"{console}/api/v1/workspaces/acme", "ID": conversation}

    def _in_mongo(self, do: Callable[[Mongo], Awaitable[T]]) -> T:
        async def with_mongo() -> T:
            mongo = Mongo(self.live.stack.info["mongodb"], self.live.stack.info["mongodb_database"])
            try:
                return await do(mongo)
            finally:
                await mongo.close()

        return asyncio.run(with_mongo())


def _international(number: str) -> str:
    return f"+234{number.replace(' ', '')[1:]}"
