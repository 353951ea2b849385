"""The check itself: what an operator of one host goes through, step by step."""

import itertools
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import CheckFailed, ToolUnavailable, report_skipped
from devtools.deploy.engine import contents, hardening, stand_ins, versions
from devtools.deploy.engine.compose import RUNNING, Project, not_started
from devtools.deploy.engine.conversation import Customer, Member
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.packages import unpacked_engine
from devtools.deploy.toolbox import Toolbox

_RESIZED = "inbound.statuses"
EXPECTED = 300  # seconds on two idle processors


class Walk:
    """One run. Each step raises CheckFailed, or ToolUnavailable for a part that cannot be checked here."""

    def __init__(self, engine: Engine, program: Path, scratch: Path) -> None:
        self._engine = engine
        self._scratch = scratch
        self._project = Project(engine, program, scratch)
        self._numbers = map(str, itertools.count(2348035570000))
        self._before = ""
        self._began = time.monotonic()

    def run(self) -> None:
        """Run all steps; print each with its time."""
        try:
            for step in self._steps():
                print(f"{time.monotonic() - self._began:4.0f} s  {step}", flush=True)
        finally:
            self._project.down()

    def _steps(self) -> Iterator[str]:
        versions.build(self._engine, versions.NOW, versions.copy_with_umask_077(self._scratch / "checkout"))
        size = versions.megabytes(self._engine, versions.NOW)
        yield f"built from files that only their owner may read: {size} MB above the base"
        yield contents.check(self._engine, f"parley:{versions.NOW}")
        stand_ins.make_stores(self._engine, cache_root() / "engine", f"parley-tools:{versions.NOW}")
        yield from self._first_start()
        yield self._apply_workspace()
        if self._before:
            yield self._answered("by the version before")
            self._project.upgrade()
            yield "upgraded by the commands of docs/deploy.md"
        yield self._answered("by this version")
        self._project.tools("parley", "migrate")
        yield hardening.check(self._engine, self._project)
        yield self._seen_in_the_console()
        if self._before:
            self._project.roll_back()
            yield "went back by the commands of docs/deploy.md"
            yield self._answered("by the version before, with the data of this one")
            self._project.up(versions.NOW)
        yield self._after_resize()
        yield self._backed_up()
        self._engine.restart()
        self._project.check_healthy()
        yield self._answered("after a restart of the engine")
        yield self._ends_with_0()

    def _first_start(self) -> Iterator[str]:
        try:
            self._before = versions.check_out_before(self._scratch / "before")
            versions.build(self._engine, versions.BEFORE, self._scratch / "before")
            yield f"built the version before, {self._before}"
        except ToolUnavailable as reason:
            if report_skipped(f"upgrade and rollback: {reason}"):
                raise CheckFailed("there is no version before to upgrade from") from None
        if self._before:
            self._project.up(versions.BEFORE, self._scratch / "before")
        else:
            self._project.up(versions.NOW)
        yield "all services are healthy"
        print(f"NOT CHECKED: {', '.join(not_started())}: their images cannot be had here")

    def _apply_workspace(self) -> str:
        self._project.tools("parley", "apply", "-f", "/workspaces/workspace.yaml")
        return "applied a workspace"

    def _answered(self, when: str) -> str:
        customer = Customer(self._project.addresses, next(self._numbers))
        customer.check_forged_webhook()
        customer.ask()
        return f"a customer is answered {when}: {customer.wait_for_answer():.1f} s"

    def _seen_in_the_console(self) -> str:
        link = self._project.tools("parley", "user", "create", "ada@example.com", "--workspace", "acme", "--owner")
        token = re.search(r"#(\S+)", link)
        if token is None:
            raise CheckFailed("parley user create prints no link")
        member = Member(self._project.addresses, token[1])
        before = member.conversations()
        with member.live() as line:
            customer = Customer(self._project.addresses, next(self._numbers))
            customer.ask()
            line.wait_for("conversation:changed")
            customer.wait_for_answer()
        member.wait_for_conversations(before + 1)
        if "/assets/" not in member.page():
            raise CheckFailed("the console serves no pages")
        return "the console serves its pages and shows a new conversation, in its API and live"

    def _after_resize(self) -> str:
        deadline = time.monotonic() + 60
        while True:
            try:
                self._project.tools("parley", "topics", "resize", _RESIZED, "--partitions", "16")
                break
            except CheckFailed as error:
                if "unread records" not in str(error) or time.monotonic() > deadline:
                    raise
        self._project.up(versions.NOW)
        return self._answered(f"after {_RESIZED} got more partitions and a second `docker compose up`")

    def _backed_up(self) -> str:
        self._project.nightly_backup()
        file = self._project.tools("sh", "-c", "ls /backup/parley-*.jsonl.gz").split()[-1]
        self._project.tools("parley", "restore", file, "--database", "restored")
        return "the crontab line of docs/deploy.md wrote a backup onto its volume; it was restored"

    def _ends_with_0(self) -> str:
        for service in RUNNING:
            self._engine.docker("stop", "--time", "60", self._project.container(service))
            if (code := self._project.inspect(service, "{{.State.ExitCode}}")) != "0":
                raise CheckFailed(f"{service} ends with {code} after SIGTERM")
        return "each process ends with 0 after SIGTERM"


def verify() -> int:
    """Run the check. Return 1 if it failed; where no engine can be had, it says so and returns 0 (REAL_CHECKS: 1)."""
    home = cache_root() / "engine"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with file_lock(home / "lock"), tempfile.TemporaryDirectory(prefix="parley-image-") as scratch:
            seconds = _walk(home, Path(scratch))
    except (ToolUnavailable, CacheLockTimeout) as reason:
        return report_skipped(f"the image was neither built nor run: {reason}")
    except CheckFailed as error:
        print(f"FAILED  {error}")
        return 1
    print(f"verify-image: passed in {seconds:.0f} s")
    if line := slow_line(seconds):
        print(line, file=sys.stderr)
    return 0


def slow_line(seconds: float) -> str:
    """Return a warning if a run took longer than it should; a busy machine is no failure."""
    if seconds <= EXPECTED:
        return ""
    return f"SLOW: verify-image took {seconds:.0f} s, more than {EXPECTED} s; its base image was there"


def _walk(home: Path, scratch: Path) -> float:
    """Return the seconds that it took once the base image was there."""
    scratch.chmod(0o755)  # the tools container reads a workspace file below it
    packages = unpacked_engine(home)
    program = Toolbox().path("compose", "docker-compose")
    engine = Engine(home, packages)
    try:
        print(f"   0 s  engine {engine.start()}")
        stand_ins.import_base(engine, home, packages)
        began = time.monotonic()
        Walk(engine, program, scratch).run()
        return time.monotonic() - began
    finally:
        engine.close()
