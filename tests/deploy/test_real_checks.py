"""`make verify-image`, `verify-cluster` and `verify-pods` skip loudly, and know the guide that they follow."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from devtools.chaos.checks import GuaranteeCheck
from devtools.chaos.evidence import Evidence, InjectedFault
from devtools.deploy import image
from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.cluster import guide
from devtools.deploy.cluster import verify as cluster
from devtools.deploy.cluster.build import CONTROL_PLANE, KEDA
from devtools.deploy.cluster.go_programs import CopiedModule, ProgramSet
from devtools.deploy.cluster_pods import autoscaler, images, keda, network, production, report, restoring, walk
from devtools.deploy.cluster_pods import verify as pods
from devtools.deploy.cluster_pods.autoscaler import Observation
from devtools.deploy.cluster_pods.build import AUTOSCALER
from devtools.deploy.engine import compose
from devtools.deploy.engine import host as host_module
from devtools.deploy.engine import verify as engine
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.host import ComposeProgram, Host
from devtools.deploy.toolbox import PROJECT

_BLOCKS = (
    "create secret generic parley-secrets",
    "create secret generic parley-kafka",
    "-l 'app.kubernetes.io/component notin",
    "set-last-applied",
    "name: parley-keys",
    "rollout restart deploy/",
    restoring.BACK_UP,
    restoring.STOP,
    restoring.RESTORE,
    restoring.START,
)


@pytest.mark.parametrize("marker", _BLOCKS)
def test_guide_has_the_commands_that_the_check_runs(marker: str) -> None:
    assert "kubectl" in guide.block(marker)


@pytest.mark.parametrize(("marker", "version"), [(compose.UPGRADE, "v1.1.0"), (compose.ROLL_BACK, "v1.0.0")])
def test_guide_has_the_commands_of_one_host(marker: str, version: str) -> None:
    lines = guide.block(marker).splitlines()
    assert lines[0] == f"git checkout {version}"
    assert f"PARLEY_VERSION={version}" in lines[1]
    assert "docker compose up -d --wait" in lines


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host whose Compose writes down how it is called."""
    compose_program = tmp_path / "docker-compose"
    called = tmp_path / "called"
    compose_program.write_text(
        f'#!/bin/sh\necho "$@" >> {called}\n'
        'case "$*" in *"--profile tools config --images"*) echo parley-tools:new;; esac\n'
        'case "$*" in *"config --images"*) echo parley:new;; esac\n'
    )
    compose_program.chmod(0o755)
    made = Host(tmp_path / "host", dict.fromkeys(("old", "new"), tmp_path))
    made.env_file.write_text("SECRETS_KEY=a\n")
    made.set_version("old")
    made.install(
        ComposeProgram(
            docker="/bin/true",
            command=[str(compose_program), "--project-name", "check"],
            override="override.yml",
            env_file=str(made.env_file),
            checkout=str(made.checkout),
            environment={},
            running=["router", "lag"],
            services=["router", "lag", "prometheus", "alertmanager", "otel-collector", "grafana"],
        )
    )
    return made


def test_upgrade_of_one_host_is_typed_as_it_is_printed(host: Host, tmp_path: Path) -> None:
    host.follow(compose.UPGRADE, {"v1.1.0": "new"})
    assert host.env_file.read_text() == "SECRETS_KEY=a\nPARLEY_VERSION=new\n"
    assert host.checkout.readlink().name == "new"
    called = (tmp_path / "called").read_text().splitlines()
    assert [one.split("override.yml ")[1] for one in called[1:]] == [
        "run --rm -T tools parley backup /backup",
        "run --rm -T tools parley migrate",
        "up -d --wait router lag simulators",
    ]


def test_upgrade_that_does_not_build_the_tools_fails(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "block", lambda _marker: "docker compose build\n")
    with pytest.raises(CheckFailed, match="not both images of Parley"):
        host.follow("any", {})


def test_crontab_is_run_from_another_folder(host: Host, tmp_path: Path) -> None:
    host.run_crontab()
    assert "run --rm -T tools parley backup /backup --keep-days 14" in (tmp_path / "called").read_text()


@pytest.mark.parametrize(
    "line", ["20 2 * * * cd /srv/parley && date +%Y", "20 2 * * * docker compose run tools parley"]
)
def test_line_that_cron_cannot_run_is_refused(host: Host, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(host_module, "crontab_line", lambda: line)
    with pytest.raises(CheckFailed, match="cron cannot run"):
        host.run_crontab()


def test_programs_that_no_check_starts_are_named() -> None:
    assert compose.not_started() == ["alertmanager", "grafana", "jaeger", "otel-collector", "prometheus"]
    page = (PROJECT / "docs/deploy.md").read_text()
    assert "Prometheus, Alertmanager, Grafana, the collector and Jaeger were not started" in page


def test_commands_end_at_the_first_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guide, "block", lambda _marker: "echo begun\nfalse\necho never > file\n")
    with pytest.raises(CheckFailed, match="begun"):
        guide.run_block("any", tmp_path, {"PATH": "/usr/bin:/bin"})
    assert not (tmp_path / "file").exists()


def test_cluster_check_is_skipped_in_ci_without_a_built_control_plane(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    assert cluster.verify() == 0
    assert "NOT CHECKED: the manifests were not applied" in capsys.readouterr().out
    assert not CONTROL_PLANE.folder().exists()


def test_image_check_is_skipped_without_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert engine.verify() == 0
    assert "NOT CHECKED: the image was neither built nor run: a Docker engine needs Linux and root" in (
        capsys.readouterr().out
    )


@pytest.fixture(autouse=True)
def nothing_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the environment of a whole check, which may demand them, out of these tests."""
    monkeypatch.delenv("REAL_CHECKS", raising=False)


@pytest.mark.parametrize(("value", "code"), [("1", 1), ("0", 0), ("", 0)])
def test_skipped_check_fails_where_it_was_demanded(
    value: str, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", "/nowhere")  # without Go, nor any other program
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("REAL_CHECKS", value)
    assert [one.verify() for one in (engine, cluster, pods)] == [code] * 3
    output = capsys.readouterr().out
    assert output.count("NOT CHECKED") == 3
    assert output.count("REAL_CHECKS demands it") == 3 * code


def test_engine_that_does_not_restart_is_a_failure(tmp_path: Path) -> None:
    """An engine that ran before can be had here: a walk that ends in its middle has not passed."""
    for name in ("usr/sbin/dockerd", "usr/bin/docker"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
        program.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(CheckFailed, match="after a restart, the engine does not start: no space left"):
        Engine(home, tmp_path).restart()


def test_slow_run_is_reported_with_its_seconds() -> None:
    assert engine.slow_line(float(engine.EXPECTED)) == ""
    assert "SLOW: verify-image took 412 s, more than 300 s" in engine.slow_line(412.4)


def test_ci_says_how_to_run_what_it_leaves_out() -> None:
    text = (PROJECT / ".ci/run").read_text()
    assert "REAL_CHECKS=1 .ci/run" in text
    assert "make --keep-going verify-image verify-cluster </dev/null" in text


def test_image_is_not_built_where_the_base_image_cannot_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine without a registry: the check is skipped and does not fail."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = info ] && exit 0\necho "no route to the registry" >&2\nexit 1\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ToolUnavailable, match=r"python:3.11.*cannot be had.*no route to the registry"):
        image.check_built_image()


def test_pods_are_not_run_without_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert pods.verify() == 0
    assert "NOT CHECKED: no pod was run" in capsys.readouterr().out


def test_overlay_of_the_pods_has_the_settings_of_the_check(tmp_path: Path) -> None:
    overlay = yaml.safe_load((production.write_overlay(tmp_path) / "kustomization.yaml").read_text())
    literals = overlay["configMapGenerator"][0]["literals"]
    assert "KAFKA_REPLICATION=1" in literals
    assert "META_GRAPH_URL=http://providers.example.net:443/meta" in literals
    assert overlay["patches"][-1]["target"]["name"] == "ingress|router|ai|delivery|console"
    assert "../../components/kafka-tls" in overlay["components"]


def test_stores_of_the_pods_have_the_names_of_production() -> None:
    overlay = yaml.safe_load((PROJECT / "deploy/k8s/overlays/production/kustomization.yaml").read_text())
    brokers = next(one for one in overlay["configMapGenerator"][0]["literals"] if one.startswith("KAFKA_BOOTSTRAP"))
    for broker in brokers.partition("=")[2].split(","):
        assert broker.partition(":")[0] in network.STORES


def test_topics_of_the_pods_are_made_as_the_guide_says() -> None:
    assert f"-l '{walk.TOPICS_FIRST}'" in guide.block("-l 'app.kubernetes.io/component notin")


def test_keda_is_built_in_the_version_whose_definitions_are_checked() -> None:
    ((module, copied),) = AUTOSCALER.copied.items()
    assert f"{module}@{copied.version}" in CONTROL_PLANE.crds
    assert set(keda.IMAGES.values()) == set(copied.programs)


def test_each_image_of_keda_has_its_program_and_is_never_pulled() -> None:
    built = images.of_keda(Path("/programs"))
    assert built[f"registry.example.com/keda-metrics-apiserver:{KEDA[1:]}"] == Path("/programs/keda-adapter")
    overlay = keda.overlay(images.REGISTRY)
    renamed = overlay["images"]
    assert isinstance(renamed, list)
    assert {f"{one['newName']}:{one['newTag']}" for one in renamed} == set(built)
    assert "IfNotPresent" in str(overlay["patches"])


def test_router_is_scaled_at_the_threshold_of_production() -> None:
    objects = yaml.safe_load_all((PROJECT / "deploy/k8s/components/keda/scaledobjects.yaml").read_text())
    router = next(one for one in objects if one["metadata"]["name"] == "router")["spec"]
    assert router["triggers"][0]["metadata"]["topic"] == "inbound.messages"
    assert router["triggers"][0]["metadata"]["lagThreshold"] == str(autoscaler.THRESHOLD)
    (patch,) = yaml.safe_load(f"patches:\n{autoscaler.PATCH}")["patches"]
    for change in yaml.safe_load(patch["patch"]):  # it replaces what the component has
        value = {"spec": router}
        for part in change["path"].strip("/").split("/"):
            value = value[part]
        assert type(value) is type(change["value"])


@pytest.mark.parametrize(("quantity", "records"), [("0", 0), ("230", 230), ("66500m", 66), ("2k", 2000)])
def test_lag_is_read_from_a_quantity(quantity: str, records: int) -> None:
    assert autoscaler.records_of(quantity) == records


def test_table_of_the_autoscaler_has_each_change_and_the_largest_lag() -> None:
    seen = [
        Observation(0.0, 5, 1, 1),
        Observation(1.0, 40, 1, 1),
        Observation(40.0, 230, 3, 1),
        Observation(41.0, 260, 3, 1),
        Observation(50.0, None, 3, 3),
        Observation(51.0, 3, 3, 3),
    ]
    rows = autoscaler.table_of(seen).splitlines()[2:]
    assert rows == ["| 0 | 5 | 1 | 1 |", "| 40 | 230 | 3 | 1 |", "| 41 | 260 | 3 | 1 |", "| 50 | unknown | 3 | 3 |"]


def test_settings_are_added_to_an_overlay_that_has_some(tmp_path: Path) -> None:
    overlay = production.write_overlay(tmp_path)
    production.add_settings(tmp_path, {"MONGODB_DATABASE": restoring.NEW})
    literals = yaml.safe_load((overlay / "kustomization.yaml").read_text())["configMapGenerator"][0]["literals"]
    assert {"MONGODB_DATABASE=parley2", "KAFKA_REPLICATION=1"} <= set(literals)


def test_report_names_faults_and_guarantees(tmp_path: Path) -> None:
    fault = InjectedFault(number=1, kind="kill", target="router", what="SIGKILL", lasted=7.0, recovery=1.5)
    found = Evidence(messages=[], accepted=[], faults=[fault], order={}, stored={})
    tables = report.tables_of(found, [GuaranteeCheck(name="sent once", count=3)])
    report.write(["  12 s  2 nodes are ready"], 2, tables, tmp_path / "pods.md")
    text = (tmp_path / "pods.md").read_text()
    assert "| kill | router | SIGKILL | 7 | 1.5 |" in text
    assert "| sent once | 3 | ok |" in text
    assert "  12 s  2 nodes are ready" in text


_GO = """#!/bin/sh
set -eu
case "$1 $2" in
"mod download") echo '{"Dir": "'"$MODULE"'"}' ;;
"build -ldflags")
    grep -q "=> ./replaced" go.mod # it is the main module
    mkdir -p "$(dirname "$5")"
    echo "$3 of $6" > "$5"
    ;;
esac
"""


def test_module_with_replacements_is_built_in_a_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tmp_path / "module"
    (module / "config").mkdir(parents=True)
    (module / "go.mod").write_text("module example.com/one\n\nreplace example.com/two => ./replaced\n")
    (module / "config" / "install.yaml").write_text("kind: Deployment\n")
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(_GO)
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(go.parent), prepend=":")
    monkeypatch.setenv("MODULE", str(module))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one = CopiedModule("v1.2.3", {"operator": "cmd/operator"}, kept="config", stamp="example.com/one.Version")
    programs = ProgramSet("one", {}, copied={"example.com/one": one})
    reported: list[str] = []
    home = programs.build(reported.append)
    assert programs.is_built()
    assert reported == ["built operator"]
    assert (home / "bin" / "operator").read_text() == "-s -w -X example.com/one.Version=1.2.3 of ./cmd/operator\n"
    assert (home / "config" / "install.yaml").is_file()
    assert not (home / "sources").exists()
    other = ProgramSet("one", {}, copied={"example.com/one": replace(one, version="v1.2.4")})
    assert other.folder() != home
