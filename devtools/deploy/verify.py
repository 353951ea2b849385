"""All checks, one after another."""

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from devtools.deploy import image, linters, mutations, pod_rules, schemas, settings_rules
from devtools.deploy.check_result import Broken, Outcome, outcome_of, summary
from devtools.deploy.render import FULLEST, Resource, both_autoscalers, variants
from devtools.deploy.toolbox import PROJECT, Toolbox

K8S = PROJECT / "deploy" / "k8s"
DOCKERFILE = PROJECT / "Dockerfile"
COMPOSE = PROJECT / "docker-compose.yml"


class Verification:
    """One run. Rendered manifests are kept for the checks that follow."""

    def __init__(self, toolbox: Toolbox, scratch: Path) -> None:
        self._tools = toolbox
        self._scratch = scratch
        self._rendered: dict[str, list[Resource]] = {}

    def checks(self) -> dict[str, Callable[[], str]]:
        """By name."""
        return {
            "manifests render": self._render,
            "Kubernetes' schemas": self._core,
            "operators' schemas": partial(self._own, schemas.custom_findings),
            "settings in manifests": partial(self._own, settings_rules.findings),
            "pods, probes, autoscalers": partial(self._own, pod_rules.findings),
            "never keda and hpa": self._never_both,
            "mistakes are found": self._mutations,
            "compose file": self._compose,
            "Dockerfile (hadolint)": self._hadolint,
            "hardening (checkov)": self._checkov,
            "image: its parts": lambda: image.parts(self._tools, self._scratch),
            "image: built and run": image.built,
        }

    def _kubectl(self) -> Path:
        return self._tools.path("kubectl", "kubectl")

    def _all(self) -> dict[str, list[Resource]]:
        if not self._rendered:
            self._rendered = dict(variants(self._kubectl(), K8S, self._scratch))
        return self._rendered

    def _render(self) -> str:
        rendered = self._all()
        return f"{len(rendered)} variants, {sum(map(len, rendered.values()))} resources"

    def _core(self) -> str:
        program = self._tools.path("kubernetes-validate", "kubernetes-validate")
        unique = {json.dumps(one, sort_keys=True): one for some in self._all().values() for one in some}
        _nothing(schemas.core_findings(program, list(unique.values()), self._scratch))
        return f"{len(unique)} resources, Kubernetes {' and '.join(schemas.KUBERNETES)}"

    def _own(self, find: Callable[[list[Resource]], list[str]]) -> str:
        _nothing([f"{name}: {line}" for name, resources in self._all().items() for line in find(resources)])
        return f"{len(self._all())} variants"

    def _never_both(self) -> str:
        if both_autoscalers(self._kubectl(), K8S, self._scratch):
            raise Broken("production can be rendered with keda and hpa at once")
        return "rendering both at once fails"

    def _mutations(self) -> str:
        """Those that Kubernetes' schemas must find; tests/deploy/test_manifests.py makes the others."""
        program = self._tools.path("kubernetes-validate", "kubernetes-validate")
        resources = self._all()[FULLEST]
        core = [one for one in mutations.MUTATIONS if one.found_by == "core"]
        for one in core:
            changed = [resource for resource in one.made(resources) if resource not in resources]
            if not schemas.core_findings(program, changed, self._scratch):
                raise Broken(f"not found: {one.label}")
        return f"{len(core)} of {len(core)}"

    def _compose(self) -> str:
        check = partial(linters.compose, self._tools.path("compose", "docker-compose"))
        check(COMPOSE, linters.COMPOSE_ENVIRONMENT, self._scratch)
        for name in linters.COMPOSE_ENVIRONMENT:
            without = {key: value for key, value in linters.COMPOSE_ENVIRONMENT.items() if key != name}
            _must_break(partial(check, COMPOSE, without, self._scratch), name)
        broken = yaml.safe_load(COMPOSE.read_text())
        broken["services"]["router"]["depend_on"] = broken["services"]["router"].pop("depends_on")
        file = self._scratch / "compose.yml"
        file.write_text(yaml.safe_dump(broken))
        _must_break(lambda: check(file, linters.COMPOSE_ENVIRONMENT, self._scratch), "depend_on")
        return "valid; a missing secret and a typo are refused by name"

    def _hadolint(self) -> str:
        program = self._tools.path("hadolint", "hadolint")
        linters.hadolint(program, DOCKERFILE)
        worse = self._scratch / "Dockerfile"
        worse.write_text(DOCKERFILE.read_text().replace("--no-compile", "").replace("USER 10001", "RUN sudo cd /tmp"))
        _must_break(lambda: linters.hadolint(program, worse), "DL3004")
        return "clean; a worse one is refused"

    def _checkov(self) -> str:
        check = partial(linters.checkov, self._tools.path("checkov", "checkov"), scratch=self._scratch)
        resources = self._all()[FULLEST]
        check(resources, DOCKERFILE)
        worse = mutations.privileged(resources)
        _must_break(lambda: check(worse, DOCKERFILE), "CKV_K8S_16")
        return f"{len(resources)} resources and the Dockerfile; a privileged container is refused"


def _nothing(findings: list[str]) -> None:
    if findings:
        raise Broken("\n  ".join(["", *findings]))


def _must_break(check: Callable[[], object], word: str) -> None:
    """Raises Broken when a check does not find a mistake, or does not name it."""
    try:
        check()
    except Broken as found:
        if word in str(found):
            return
    raise Broken(f"a mistake is not found: {word}")


def verify(toolbox: Toolbox | None = None) -> int:
    """Make all checks and print what became of them. Only what was found counts: what was skipped is said, loudly."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, check in Verification(toolbox or Toolbox(), Path(scratch)).checks().items():
            outcomes.append(outcome_of(name, check))
            print(outcomes[-1].line(), flush=True)
    print(summary(outcomes))
    return 1 if any(one.status == "FAILED" for one in outcomes) else 0
