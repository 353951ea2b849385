"""Commands of README and docs that the tests of this folder do not run: why, and what runs them instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotRun:
    """Commands that match a pattern of page and command. by: the file of the check that runs them or, with other
    values, commands of the same kind; empty: none does. `executed.py` reads its source, for `docker` and `kubectl`.
    """

    pattern: str
    why: str
    by: str = ""


_ENGINE = "needs a container engine"
_CLUSTER = "needs a cluster"
_LOAD = "loads the whole machine, for minutes or hours"
_GOES_ON = "goes on until it is ended"

NOT_RUN = (
    # Deployments
    NotRun(r"(README|docs/deploy).md docker compose up", _ENGINE, "devtools/deploy/engine/compose.py"),
    NotRun(r"docs/deploy.md cat > \.env", _ENGINE, "devtools/deploy/engine/compose.py"),
    NotRun(r"docs/deploy.md 20 2 ", "is a line of a crontab", "devtools/deploy/engine/host.py"),
    NotRun(
        r"docs/deploy.md (git checkout|sed -i '/\^PARLEY_VERSION|docker compose (--profile|run))",
        _ENGINE,
        "devtools/deploy/engine/compose.py",
    ),
    NotRun(r"docs/deploy.md docker (compose stop|image rm)", _ENGINE),
    NotRun(r"docs/deploy.md docker build", _ENGINE, "devtools/deploy/engine/versions.py"),
    NotRun(r"docs/deploy.md docker push", "needs a registry"),
    NotRun(r"docs/replay.md (docker|kubectl)", f"{_CLUSTER}, or a container engine, and a key of a model's vendor"),
    NotRun(
        r"(README|docs/deploy).md kubectl (apply|diff|create|-n parley create)",
        _CLUSTER,
        "devtools/deploy/cluster/verify.py",
    ),
    NotRun(
        r"docs/deploy.md (kubectl -n parley (get secret|wait|delete secret)|for service|grep -rl)",
        _CLUSTER,
        "devtools/deploy/cluster/verify.py",
    ),
    NotRun(r"docs/deploy.md kubectl -n parley rollout", _CLUSTER, "devtools/deploy/cluster/verify.py"),
    NotRun(r"docs/deploy.md tools\(\)", _CLUSTER, "devtools/deploy/cluster_pods/walk.py"),
    NotRun(
        r"docs/deploy.md (JOB=|kubectl -n parley (annotate|scale|wait|create job|delete job))",
        _CLUSTER,
        "devtools/deploy/cluster_pods/restoring.py",
    ),
    NotRun(r"docs/deploy.md kubectl -n parley (port-forward|get)", _CLUSTER),
    NotRun(
        r"docs/runbooks/\w+.md kubectl -n parley (get|logs|exec|describe|create|top|rollout history)",
        _CLUSTER,
        "devtools/deploy/cluster_pods/guides.py",
    ),
    NotRun(r"docs/runbooks/\w+.md kubectl get", _CLUSTER, "devtools/deploy/cluster_pods/guides.py"),
    NotRun(r"docs/runbooks/\w+.md kubectl drain", _CLUSTER, "devtools/deploy/cluster_pods/faults.py"),
    NotRun(
        r"docs/runbooks/\w+.md kubectl -n parley (rollout restart|delete)",
        _CLUSTER,
        "devtools/deploy/cluster_pods/faults.py",
    ),
    NotRun(r"docs/runbooks/\w+.md kubectl -n parley rollout undo", _CLUSTER, "devtools/deploy/cluster/verify.py"),
    NotRun(r"docs/runbooks/\w+.md kubectl -n parley scale", _CLUSTER, "devtools/deploy/cluster_pods/restoring.py"),
    NotRun(r"docs/runbooks/\w+.md docker", _ENGINE),
    NotRun(r"docs/observability.md kubectl", _CLUSTER),
    NotRun(r"docs/observability.md docker", _ENGINE),
    NotRun(r"docs/operations.md docker compose exec kafka", _ENGINE),
    NotRun(r"kafka-consumer-groups", "a program of Kafka's distribution"),
    NotRun(r"chronyc|timedatectl", "asks or sets the clock of a node"),
    # Load
    NotRun(r"parley chaos", _LOAD, "tests/chaos/test_runs.py"),
    NotRun(r"parley bench (?!compare)", _LOAD, "tests/bench/test_smoke.py"),
    # Commands that run until somebody ends them
    NotRun(r"parley (run|up|demo)$", _GOES_ON, "tests/cli/test_demo_and_run.py"),
    NotRun(r"parley run --simulators", _GOES_ON, "tests/cli/test_demo_and_run.py"),
    NotRun(r"parley up --restart", _GOES_ON, "tests/stack/test_supervisor.py"),
    NotRun(r"python -m services.console$", _GOES_ON, "devtools/stack/services.py"),
    NotRun(r"python -m shared.kafka.lag$", _GOES_ON, "tests/observability/prometheus.py"),
    NotRun(r"npm run dev", _GOES_ON),
    # A developer's tools
    NotRun(r" (\S+=\S+ )?make ", "changes the checkout, or takes minutes", "tests/guides/test_make_targets.py"),
    NotRun(r" (\S+=\S+ )?(\S+/)?pytest ", "runs tests"),
    NotRun(r"lint-imports", "is a part of `make lint`", "Makefile"),
    NotRun(r"git apply|parley (replay|dlq replay|topics resize)$", "names a command"),
    NotRun(r"python -m devtools.api_client", "takes half a minute", "tests/console/test_client.py"),
    NotRun(r"python -m devtools.observability.pictures", "needs Prometheus", "tests/observability/test_pictures.py"),
    NotRun(r"devtools.deploy digests", "asks registries of images", "tests/deploy/test_digests.py"),
    # Elsewhere
    NotRun(
        r"docs/api.md (URL|SCOPES|CUSTOMER|api|CURSOR|DRAFT|secret\(\))",
        "a recipe, which goes on from the one before it",
        "tests/e2e/special/test_api_recipes.py",
    ),
    NotRun(r"docs/alerts-fired.md redis-cli", "is shortened there; the runbook has it"),
)
