"""Builds programs from their Go modules, once per machine, into the cache. No image is needed."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.programs import run

KUBERNETES = "1.34.4"
_NAMES = {"server": "etcd"}
_LIMIT = 3600  # seconds for one program: a busy machine of two processors

Report = Callable[[str], None]


@dataclass(frozen=True)
class CopiedModule:
    """A module with `replace` lines, which Go heeds in the main module alone: it is built in a copy.

    programs: package by program. kept: a folder that stays beside the programs. stamp: the variable of the version.
    """

    version: str
    programs: Mapping[str, str]
    kept: str
    stamp: str


@dataclass(frozen=True)
class ProgramSet:
    """Programs that are built and kept together.

    modules: by module, its version and the packages of its programs. crds: by module, the CustomResourceDefinitions to
    copy. sources: Go files that are programs by themselves. copied: modules that are built in a copy.
    """

    name: str
    modules: Mapping[str, tuple[str, tuple[str, ...]]]
    crds: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Path, ...] = ()
    copied: Mapping[str, CopiedModule] = field(default_factory=dict)

    def folder(self) -> Path:
        """Return the folder of the built programs; it has `bin`, `crds` and kept folders once `is_built`."""
        parts: list[object] = [self.modules, self.crds]
        if self.sources:
            parts.append([source.read_text() for source in self.sources])
        if self.copied:
            parts.append({module: asdict(copied) for module, copied in self.copied.items()})
        content = json.dumps(parts, sort_keys=True).encode()
        return cache_root() / f"{self.name}-{KUBERNETES}-{hashlib.sha256(content).hexdigest()[:8]}"

    def is_built(self) -> bool:
        """Return whether an earlier run has built everything."""
        return (self.folder() / ".built").is_file()

    def build(self, report: Report) -> Path:
        """Build what is missing and return the folder. Raises ToolUnavailable with the reason."""
        home = self.folder()
        if self.is_built():
            return home
        go = shutil.which("go")
        if go is None:
            raise ToolUnavailable("Go is not installed: the programs of Kubernetes were not built")
        try:
            home.mkdir(parents=True, exist_ok=True)
            with file_lock(home / "lock"):
                if not self.is_built():
                    self._build_all(_GoBuild(go, home), report)
                    (home / ".built").touch()
        except (CacheLockTimeout, OSError) as error:
            raise ToolUnavailable(str(error)) from None
        return home

    def _build_all(self, build: "_GoBuild", report: Report) -> None:
        for module, (version, packages) in self.modules.items():
            for name in build.programs(module, version, packages):
                report(f"built {name}")
        for module, copied in self.copied.items():
            for name in build.programs_of_copy(module, copied):
                report(f"built {name}")
        for source in self.sources:
            report(f"built {build.program_of_file(source)}")
        for module, pattern in self.crds.items():
            build.copy_crds(module, pattern)
        if self.crds:
            report("copied the operators' CustomResourceDefinitions")
        build.remove_sources()


class _GoBuild:
    """Builds below `home`, with module and build caches of its own."""

    def __init__(self, go: str, home: Path) -> None:
        self._go = go
        self._home = home
        self._sources = home / "sources"
        self._sources.mkdir(exist_ok=True)
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

    def programs_of_copy(self, module: str, copied: CopiedModule) -> list[str]:
        """Build programs in a copy of their module, and keep its folder; return their names."""
        downloaded = json.loads(self._run(["mod", "download", "-json", f"{module}@{copied.version}"], self._sources))
        folder = self._sources / module.replace("/", "_")
        shutil.copytree(downloaded["Dir"], folder, dirs_exist_ok=True)
        flags = f"-s -w -X {copied.stamp}={copied.version.removeprefix('v')}"
        for name, package in copied.programs.items():
            self._build(f"./{package}", self._home / "bin" / name, flags, folder)
        shutil.copytree(folder / copied.kept, self._home / copied.kept, dirs_exist_ok=True)
        return list(copied.programs)

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
        stamps = {"gitVersion": version, "gitMajor": "1", "gitMinor": KUBERNETES.split(".")[1]}
        flags = "-s -w " + " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamps.items())
        self._build(package, self._home / "bin" / name, flags, folder)
        return name

    def _build(self, package: str, target: Path, flags: str, folder: Path) -> None:
        if not target.is_file():
            part = target.with_suffix(".part")
            self._run(["build", "-ldflags", flags, "-o", str(part), package], folder)
            part.rename(target)

    def program_of_file(self, source: Path) -> str:
        """Build a program of one file without dependencies; return its name."""
        (self._home / "bin").mkdir(exist_ok=True)
        target = self._home / "bin" / source.stem
        self._run(["build", "-ldflags", "-s -w", "-o", str(target), str(source)], self._sources)
        return source.stem

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
