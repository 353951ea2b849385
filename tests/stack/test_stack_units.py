"""Parts of the stack that need no process: environment, ports, logs, restart delays."""

from contextlib import closing
from pathlib import Path

import pytest

from devtools.stack import kafka_jars, kafka_prepared
from devtools.stack.environment import EnvironmentSources, as_dotenv, read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.java import java_version
from devtools.stack.logs import log_excerpt
from devtools.stack.ports import Ports
from devtools.stack.watch import RestartBackoff

SIMULATORS = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_442"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", 0),
    ],
)
def test_java_version_is_read(text: str, version: int) -> None:
    assert java_version(text) == version


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("an error is preferred to later lines", "start\nValueError: no\nbye\nbye\n", "ValueError: no"),
        ("MongoDB's errors are found", '{"s":"I"}\n{"s":"F","msg":"x"}\n{"s":"I"}', '{"s":"F","msg":"x"}'),
        ("without an error, the last lines", "a\nb\n\nc\n", "b | c"),
        (
            "lines of ordinary work say nothing",
            '{"level":"info"}\n{"level":"warning"}\n{"level":"info"}',
            '{"level":"warning"}',
        ),
        ("only ordinary work", '{"level":"info"}\n{"s":"I"}', ""),
        ("an empty log", "", ""),
    ],
)
def test_log_excerpt_prefers_errors(tmp_path: Path, label: str, text: str, expected: str) -> None:
    log = tmp_path / "x.log"
    log.write_text("Error: of an earlier run\n" + text)
    assert log_excerpt(log, since=25) == expected, label


def test_restart_delay_grows_until_the_process_was_ready() -> None:
    backoff = RestartBackoff()
    assert [round(backoff.next_start(0.0), 1) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    backoff.was_ready()
    assert backoff.next_start(0.0) == 0.2


def test_never_more_than_20_restarts_in_a_minute() -> None:
    backoff, now, starts = RestartBackoff(), 0.0, []
    for _ in range(100):
        now = backoff.next_start(now)
        backoff.was_ready()
        starts.append(now)
    assert all(later - earlier > 59.999 for earlier, later in zip(starts, starts[20:], strict=False))


def test_simulators_override_the_callers_api_keys() -> None:
    inherited = {"ANTHROPIC_API_KEY": "dear", "META_GRAPH_URL": "https://real", "META_APP_SECRET": "s", "PATH": "/bin"}
    sources = EnvironmentSources(inherited=inherited, dotenv={}, overrides={})
    env = complete(sources, SIMULATORS)
    assert env["ANTHROPIC_API_KEY"] != "dear"
    assert env["META_GRAPH_URL"] == f"{SIMULATORS}/meta"
    assert env["META_APP_SECRET"] == "s"
    assert env["PATH"] == "/bin"
    assert complete(sources, None)["META_GRAPH_URL"] == "https://real"


def test_overrides_win_over_dotenv_which_wins_over_defaults() -> None:
    sources = EnvironmentSources(
        inherited={"LOG_LEVEL": "INFO"},
        dotenv={"ANTHROPIC_API_KEY": "wanted", "LOG_LEVEL": "DEBUG", "MONGODB_DATABASE": "mine"},
        overrides={"MONGODB_DATABASE": "tests"},
    )
    env = complete(sources, SIMULATORS)
    assert (env["ANTHROPIC_API_KEY"], env["LOG_LEVEL"], env["MONGODB_DATABASE"]) == ("wanted", "DEBUG", "tests")
    assert env["PUBLIC_BASE_URL"] == "http://ingress"


def test_env_file_round_trips(tmp_path: Path) -> None:
    env = {"META_APP_SECRET": 'it\'s $HOME \\ "x" #1', "REDIS_URL": "redis://127.0.0.1:1/0"}
    path = tmp_path / "env"
    path.write_text(as_dotenv({**env, "PATH": "/bin"}))
    assert read_dotenv(path) == env


def test_two_stacks_never_have_the_same_port(tmp_path: Path) -> None:
    with closing(Ports(tmp_path / "one")) as one:
        port = one.get("redis")
        assert one.get("redis") == port
        (tmp_path / "two").write_text(f'{{"redis": {port}}}')
        with closing(Ports(tmp_path / "two")) as two, pytest.raises(StackError, match="belongs to another running"):
            two.get("redis")
    with closing(Ports(tmp_path / "one")) as again:
        assert again.get("redis") == port


def test_missing_maven_is_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="Maven"):
        kafka_jars.kafka_libs()


@pytest.mark.parametrize("start", ["exit 1", "sleep 600"], ids=["it ends", "it hangs"])
def test_failed_preparation_of_kafka_is_tried_once_and_then_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kafka_prepared, "_READY_S", 0.5)
    libs = kafka_jars.cache_dir() / "libs"
    libs.mkdir(parents=True)
    java, tries = tmp_path / "java", tmp_path / "tries"
    java.write_text(f"""#!/bin/sh
echo "$@" >> {tries}
for last in "$@"; do :; done
data="$(sed -n 's/^log.dirs=//p' "$last")"
case "$*" in *StorageTool*) mkdir "$data" && touch "$data/meta.properties";; *) {start};; esac
""")
    java.chmod(0o755)
    assert kafka_prepared.prepared_files(str(java), libs) is None
    once = tries.read_text()
    assert "-XX:ArchiveClassesAtExit" in once
    assert kafka_prepared.prepared_files(str(java), libs) is None
    assert tries.read_text() == once


def complete(sources: EnvironmentSources, simulators: str | None) -> dict[str, str]:
    return sources.for_services(
        infra={}, secrets_key="k", ingress="http://ingress", console="http://console", simulators=simulators
    )
