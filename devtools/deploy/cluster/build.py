"""Builds the programs of a Kubernetes control plane from their Go modules, once per machine, into the cache.

No image and no cluster tool is needed: etcd, the API server, the controller manager and the scheduler, and kwok, which
plays nodes and kubelets. The operators' CustomResourceDefinitions come from their own modules. Sources are removed
after the build; about 350 MB stay.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.programs import run

KUBERNETES = "1.34.4"
PROGRAMS = {
    "k8s.io/kubernetes": (
        f"v{KUBERNETES}",
        ("cmd/kube-apiserver", "cmd/kube-controller-manager", "cmd/kube-scheduler"),
    ),
    "go.etcd.io/etcd/server/v3": ("v3.6.16", ("",)),
    "sigs.k8s.io/kwok": ("v0.7.0", ("cmd/kwok",)),
}
_NAMES = {"server": "etcd"}
CRDS = {
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd/*.yaml",
    "github.com/kedacore/keda/v2@v2.17.2": "config/crd/bases/*.yaml",
    "github.com/external-secrets/external-secrets@v0.16.2": (
        "config/crds/bases/external-secrets.io_externalsecrets.yaml"
    ),
    "sigs.k8s.io/gateway-api@v1.3.0": "config/crd/standard/*.yaml",
}
_LIMIT = 3600  # seconds for one program: a busy machine of two processors

Report = Callable[[str], None]


def folder() -> Path:
    """Return the folder of the built programs; it has `bin` and `crds` once `is_built`."""
    content = json.dumps([PROGRAMS, CRDS], sort_keys=True).encode()
    return cache_root() / f"cluster-{KUBERNETES}-{hashlib.sha256(content).hexdigest()[:8]}"


def is_built() -> bool:
    """Return whether an earlier run has built everything."""
    return (folder() / ".built").is_file()


def build(report: Report) -> Path:
    """Build what is missing and return the folder. Raises ToolUnavailable with the reason."""
    home = folder()
    if is_built():
        return home
    go = shutil.which("go")
    if go is None:
        raise ToolUnavailable("Go is not installed: the control plane was not built")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with file_lock(home / "lock"):
            if not is_built():
                _build_all(go, home, report)
    except (CacheLockTimeout, OSError) as error:
        raise ToolUnavailable(str(error)) from None
    return home


def _build_all(go: str, home: Path, report: Report) -> None:
    build = _GoBuild(go, home)
    for module, (version, packages) in PROGRAMS.items():
        for name in build.programs(module, version, packages):
            report(f"built {name}")
    for module, pattern in CRDS.items():
        build.copy_crds(module, pattern)
    report("copied the operators' CustomResourceDefinitions")
    build.remove_sources()
    (home / ".built").touch()


class _GoBuild:
    """Builds below `home`, with module and build caches of its own."""

    def __init__(self, go: str, home: Path) -> None:
        self._go = go
        self._home = home
        self._sources = home / "sources"
        self._environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOFLAGS": "-mod=mod -p=2 -trimpath -modcacherw",
            "GOTOOLCHAIN": "local",
            "GOMODCACHE": str(self._sources / "modules"),
            "GOCACHE": str(self._sources / "objects"),
        }

    def programs(self, module: str, version: str, packages: Sequence[str]) -> list[str]:
        """Build programs of a module; return their names."""
        folder = self._sources / module.replace("/", "_")
        folder.mkdir(parents=True, exist_ok=True)
        imports = [f"{module}/{package}".rstrip("/") for package in packages]
        lines = "".join(f'\t_ "{one}"\n' for one in imports)
        (folder / "tools.go").write_text(f"//go:build tools\n\npackage tools\n\nimport (\n{lines})\n")
        (folder / "go.mod").write_text(
            f"module build\n\ngo 1.24.0\n\nrequire {module} {version}\n{self._replaced(module, version)}"
        )
        self._run(["mod", "tidy"], folder)
        return [self._program(one, version, folder) for one in imports]

    def _replaced(self, module: str, version: str) -> str:
        """Return `replace` lines: Kubernetes replaces its own modules by folders that its published zip lacks."""
        if module != "k8s.io/kubernetes":
            return ""
        downloaded = json.loads(self._run(["mod", "download", "-json", f"{module}@{version}"], self._sources))
        text = (Path(downloaded["Dir"]) / "go.mod").read_text()
        staged = re.findall(r"^\s*(k8s\.io\S+) => \./staging", text, re.MULTILINE)
        published = "v0." + version.removeprefix("v1.")
        return "".join(f"replace {one} => {one} {published}\n" for one in staged)

    def _program(self, package: str, version: str, folder: Path) -> str:
        base = package.removesuffix("/v3").rpartition("/")[2]
        name = _NAMES.get(base, base)
        target = self._home / "bin" / name
        if not target.is_file():
            stamps = {"gitVersion": version, "gitMajor": "1", "gitMinor": KUBERNETES.split(".")[1]}
            flags = "-s -w " + " ".join(
                f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamps.items()
            )
            part = target.with_suffix(".part")
            self._run(["build", "-ldflags", flags, "-o", str(part), package], folder)
            part.rename(target)
        return name

    def copy_crds(self, module: str, pattern: str) -> None:
        """Copy the files of a module that match a pattern to `crds`."""
        downloaded = json.loads(self._run(["mod", "download", "-json", module], self._sources))
        target = self._home / "crds"
        target.mkdir(exist_ok=True)
        for file in Path(downloaded["Dir"]).glob(pattern):
            if file.name != "kustomization.yaml":
                shutil.copyfile(file, target / file.name)

    def remove_sources(self) -> None:
        """Remove modules and objects: several gigabytes."""
        shutil.rmtree(self._sources)

    def _run(self, arguments: list[str], folder: Path) -> str:
        command = ["nice", self._go, *arguments]
        try:
            done = run(command, timeout=_LIMIT, cwd=folder, env=self._environment)
        except subprocess.TimeoutExpired:
            raise ToolUnavailable(f"go {arguments[0]} did not end within {_LIMIT} s") from None
        if done.returncode:
            raise ToolUnavailable(f"go {arguments[0]}: {(done.stderr.strip() or 'no message')[-300:]}")
        return done.stdout
