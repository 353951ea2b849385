"""Names the images of others by digest, in Dockerfile, Compose file and manifests, and renews the digests.

    python -m devtools.deploy digests                  ask the registries, and write the digests into the files
    python -m devtools.deploy digests --check          name the images without a digest; asks nobody
    python -m devtools.deploy digests NAME:TAG …       print the digests of these images, such as your own

A tag can be given to another image, a digest cannot.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.image_name import parse, without_digest
from devtools.deploy.registry import RegistryError, digest_of

PROJECT = Path(__file__).parents[2]
OWN = ("parley", "parley-tools")  # built from the Dockerfile
_NAMED = re.compile(r"^(\s*(?:- )?image: |ARG PYTHON_IMAGE=)([^\s#$]+)(?=\s|$)", re.MULTILINE)


def files(project: Path = PROJECT) -> list[Path]:
    """Return the files that may name images."""
    manifests = sorted((project / "deploy" / "k8s").rglob("*.yaml"))
    return [project / "Dockerfile", project / "docker-compose.yml", *manifests]


def images(project: Path = PROJECT) -> dict[str, set[Path]]:
    """Return the names of the images of others as they are written, and the files that name them."""
    found: dict[str, set[Path]] = defaultdict(set)
    for file in files(project):
        for name in _names(file.read_text()):
            found[name].add(file.relative_to(project))
    return dict(found)


def _names(text: str) -> Iterator[str]:
    for _, name in _NAMED.findall(text):
        if re.split(r"[:@]", name)[0] not in OWN:
            yield name


def check(project: Path = PROJECT) -> str:
    """Check that each image has one digest. Raises CheckFailed for two, ToolUnavailable if one is missing."""
    names = images(project)
    digests: dict[str, set[str]] = defaultdict(set)
    for name in names:
        digests[without_digest(name)].add(parse(name).digest)
    if different := sorted(name for name, some in digests.items() if len(some) > 1):
        raise CheckFailed(f"named by different digests: {', '.join(different)}; run: python -m devtools.deploy digests")
    if missing := sorted(name for name, some in digests.items() if some == {""}):
        raise ToolUnavailable(
            f"{len(missing)} of {len(digests)} images have no digest: {', '.join(missing)}; where their registries can "
            "be reached, run: python -m devtools.deploy digests"
        )
    return f"{len(digests)} images"


def renew(project: Path = PROJECT) -> int:
    """Write the present digests into the files, and print what was done. Return 1 if one could not be had."""
    failed, renewed = 0, dict[str, str]()
    for tagged in sorted({without_digest(name) for name in images(project)}):
        try:
            renewed[tagged] = digest_of(parse(tagged))
        except RegistryError as error:
            failed = 1
            print(f"{tagged}: NOT RENEWED: {error}")
    for file in files(project):
        _write(file, renewed)
    for tagged, digest in renewed.items():
        print(f"{tagged}: {digest}")
    return failed


def _write(file: Path, renewed: dict[str, str]) -> None:
    def replaced(found: re.Match[str]) -> str:
        tagged = without_digest(found[2])
        return f"{found[1]}{tagged}@{renewed[tagged]}" if tagged in renewed else found[0]

    before = file.read_text()
    after = _NAMED.sub(replaced, before)
    if after != before:
        file.write_text(after)


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    if not arguments:
        return renew()
    if arguments == ["--check"]:
        try:
            print(check())
        except (CheckFailed, ToolUnavailable) as reason:
            print(reason)
            return 1
        return 0
    try:
        for name in arguments:
            print(f"{without_digest(name)}@{digest_of(parse(name))}")
    except (RegistryError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
