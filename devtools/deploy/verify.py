"""Run all checks of the deployment files, one after another."""

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from devtools.deploy import (
    digests,
    image,
    linters,
    monitoring_rules,
    mutations,
    pod_rules,
    schemas,
    secret_rules,
    settings_rules,
)
from devtools.deploy.check_result import CheckFailed, CheckResult, run_check, summary
from devtools.deploy.render import FULLEST, Resource, renders_with_both_autoscalers, variants
from devtools.deploy.toolbox import PROJECT, Toolbox

K8S = PROJECT / "deploy" / "k8s"
DOCKERFILE = PROJECT / "Dockerfile"
COMPOSE = PROJECT / "docker-compose.yml"


class Verification:
    """One run of the checks. Manifests are rendered once."""

    def __init__(self, toolbox: Toolbox, scratch: Path) -> None:
        self._tools = toolbox
        self._scratch = scratch
        self._rendered: dict[str, list[Resource]] = {}

    def checks(self) -> dict[str, Callable[[], str]]:
        """Return the checks by name."""
        return {
            "manifests render": self._manifests_render,
            "Kubernetes' schemas": self._kubernetes_schemas,
            "operators' schemas": partial(self._all_variants, schemas.custom_findings),
            "settings in manifests": partial(self._all_variants, settings_rules.findings),
            "pods, probes, autoscalers": partial(self._all_variants, pod_rules.findings),
            "secrets of pods": partial(self._all_variants, secret_rules.findings),
            "labels of scraped series": partial(self._all_variants, monitoring_rules.findings),
            "keda excludes hpa": self._keda_excludes_hpa,
            "mutations are detected": self._mutations,
            "compose file": self._compose,
            "Dockerfile (hadolint)": self._hadolint,
            "hardening (checkov)": self._checkov,
            "images by digest": digests.check,
            "image: packages and folders": lambda: image.check_parts(self._tools, self._scratch),
            "image: build and run": image.check_built_image,
        }

    def _kubectl(self) -> Path:
        return self._tools.path("kubectl", "kubectl")

    def _variants(self) -> dict[str, list[Resource]]:
        if not self._rendered:
            self._rendered = dict(variants(self._kubectl(), K8S, self._scratch))
        return self._rendered

    def _manifests_render(self) -> str:
        rendered = self._variants()
        return f"{len(rendered)} variants, {sum(map(len, rendered.values()))} resources"

    def _kubernetes_schemas(self) -> str:
        program = self._tools.path("kubernetes-validate", "kubernetes-validate")
        unique = {json.dumps(one, sort_keys=True): one for some in self._variants().values() for one in some}
        _fail_on_findings(schemas.core_findings(program, list(unique.values()), self._scratch))
        return f"{len(unique)} resources, Kubernetes {' and '.join(schemas.KUBERNETES)}"

    def _all_variants(self, find: Callable[[list[Resource]], list[str]]) -> str:
        rendered = self._variants()
        _fail_on_findings([f"{name}: {line}" for name, resources in rendered.items() for line in find(resources)])
        return f"{len(rendered)} variants"

    def _keda_excludes_hpa(self) -> str:
        if renders_with_both_autoscalers(self._kubectl(), K8S, self._scratch):
            raise CheckFailed("production can be rendered with keda and hpa together")
        return "rendering both together fails"

    def _mutations(self) -> str:
        """Check the mutations that Kubernetes' schemas must detect; tests/deploy/test_manifests.py has the others."""
        program = self._tools.path("kubernetes-validate", "kubernetes-validate")
        resources = self._variants()[FULLEST]
        core = [one for one in mutations.MUTATIONS if one.found_by == "core"]
        for one in core:
            changed = [resource for resource in one.apply(resources) if resource not in resources]
            if not schemas.core_findings(program, changed, self._scratch):
                raise CheckFailed(f"not detected: {one.label}")
        return f"{len(core)} of {len(core)}"

    def _compose(self) -> str:
        check = partial(linters.compose, self._tools.path("compose", "docker-compose"))
        check(COMPOSE, linters.COMPOSE_ENVIRONMENT, self._scratch)
        for name in linters.COMPOSE_ENVIRONMENT:
            without = {key: value for key, value in linters.COMPOSE_ENVIRONMENT.items() if key != name}
            _assert_fails(partial(check, COMPOSE, without, self._scratch), name)
        broken = yaml.safe_load(COMPOSE.read_text())
        broken["services"]["router"]["depend_on"] = broken["services"]["router"].pop("depends_on")
        file = self._scratch / "compose.yml"
        file.write_text(yaml.safe_dump(broken))
        _assert_fails(lambda: check(file, linters.COMPOSE_ENVIRONMENT, self._scratch), "depend_on")
        return "valid; a missing secret and a typo are rejected"

    def _hadolint(self) -> str:
        program = self._tools.path("hadolint", "hadolint")
        linters.hadolint(program, DOCKERFILE)
        worse = self._scratch / "Dockerfile"
        worse.write_text(DOCKERFILE.read_text().replace("--no-compile", "").replace("USER 10001", "RUN sudo cd /tmp"))
        _assert_fails(lambda: linters.hadolint(program, worse), "DL3004")
        return "clean; a worse one is rejected"

    def _checkov(self) -> str:
        check = partial(linters.checkov, self._tools.path("checkov", "checkov"), scratch=self._scratch)
        resources = self._variants()[FULLEST]
        check(resources, DOCKERFILE)
        worse = mutations.privileged(resources)
        _assert_fails(lambda: check(worse, DOCKERFILE), "CKV_K8S_16")
        return f"{len(resources)} resources and the Dockerfile; a privileged container is rejected"


def _fail_on_findings(findings: list[str]) -> None:
    if findings:
        raise CheckFailed("\n  ".join(["", *findings]))


def _assert_fails(check: Callable[[], object], expected: str) -> None:
    """Raise CheckFailed if a check does not fail, or its message lacks the expected text."""
    try:
        check()
    except CheckFailed as error:
        if expected in str(error):
            return
    raise CheckFailed(f"a mistake is not detected: {expected}")


def verify(toolbox: Toolbox | None = None) -> int:
    """Run all checks and print their results. Return 1 if one failed; skipped checks are listed at the end."""
    results: list[CheckResult] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, check in Verification(toolbox or Toolbox(), Path(scratch)).checks().items():
            results.append(run_check(name, check))
            print(results[-1].line(), flush=True)
    print(summary(results))
    return 1 if any(one.status == "FAILED" for one in results) else 0
