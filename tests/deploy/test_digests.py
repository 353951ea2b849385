"""Images of others are named by digest; a command renews the digests from a registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from devtools.deploy import digests
from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.image_name import ImageName, parse, without_digest
from devtools.deploy.registry import RegistryError, digest_of
from tests.deploy.fake_registry import Registry, running_registry

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_registry() as registry:
        yield registry


@pytest.fixture
def project(registry: Registry, tmp_path: Path) -> Path:
    """A checkout whose images are those of the fake registry."""
    host = registry.address
    (tmp_path / "deploy/k8s").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text(
        f"ARG PYTHON_IMAGE={host}/library/python:3.11\nFROM ${{PYTHON_IMAGE}} AS base\n"
    )
    (tmp_path / "docker-compose.yml").write_text(
        f"  a:\n    image: parley:${{PARLEY_VERSION:-dev}}\n  b:\n    image: {host}/library/mongo:8.0 # a store\n"
    )
    (tmp_path / "deploy/k8s/stores.yaml").write_text(f"- image: {host}/library/mongo:8.0\n- image: parley\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mongo:8.0", ImageName("docker.io", "library/mongo", "8.0")),
        ("apache/kafka:4.3.0", ImageName("docker.io", "apache/kafka", "4.3.0")),
        ("quay.io/a/b", ImageName("quay.io", "a/b", "latest")),
        (f"localhost:5000/a:1@{DIGEST}", ImageName("localhost:5000", "a", "1", DIGEST)),
    ],
)
def test_name_is_parsed_as_docker_does(text: str, expected: ImageName) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "Mongo:8", "mongo:", "mongo@sha256:abc", "a b", "mongo:8/../x"])
def test_no_name_of_an_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an image"):
        parse(text)


def test_digests_are_written_once_for_each_image(
    registry: Registry, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = registry.push("library/mongo", "8.0", "first")
    python = registry.push("library/python", "3.11", "python")
    assert digests.renew(project) == 0
    assert sorted(registry.asked) == ["library/mongo:8.0", "library/python:3.11"]
    compose = (project / "docker-compose.yml").read_text()
    assert f"/library/mongo:8.0@{first} # a store\n" in compose
    assert "image: parley:${PARLEY_VERSION:-dev}\n" in compose
    assert f"/library/mongo:8.0@{first}\n" in (project / "deploy/k8s/stores.yaml").read_text()
    assert f"python:3.11@{python}\nFROM ${{PYTHON_IMAGE}} AS base\n" in (project / "Dockerfile").read_text()
    assert digests.check(project) == "2 images"

    second = registry.push("library/mongo", "8.0", "second")
    assert digests.renew(project) == 0
    assert f"mongo:8.0@{second} #" in (project / "docker-compose.yml").read_text()
    assert capsys.readouterr().out.count(python) == 2


def test_what_cannot_be_renewed_is_named_and_stays(
    registry: Registry, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = registry.push("library/python", "3.11", "python")
    registry.push("library/mongo", "8.0", "mongo")
    registry.busy.add("library/mongo")
    before = (project / "docker-compose.yml").read_text()
    assert digests.renew(project) == 1
    assert "mongo:8.0: NOT RENEWED: " in (shown := capsys.readouterr().out)
    assert "answers 429" in shown
    assert (project / "docker-compose.yml").read_text() == before
    assert python in (project / "Dockerfile").read_text()
    with pytest.raises(ToolUnavailable, match=r"1 of 2 images have no digest: 127.0.0.1:\d+/library/mongo:8.0;"):
        digests.check(project)


def test_manifest_that_does_not_fit_its_digest_is_refused(registry: Registry) -> None:
    registry.push("library/mongo", "8.0", "mongo")
    registry.lies.add("library/mongo")
    with pytest.raises(RegistryError, match=r"not sha256:.* as the registry says"):
        digest_of(parse(f"{registry.address}/library/mongo:8.0"))


def test_unknown_tag_and_unreachable_registry_are_reasons(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="answers 404"):
        digest_of(parse(f"{registry.address}/library/mongo:8.1"))
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1:1 cannot be reached"):
        digest_of(parse("127.0.0.1:1/library/mongo:8.0"))


def test_digest_of_a_named_image_is_printed(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    digest = registry.push("acme/parley", "1.0.0", "parley")
    name = f"{registry.address}/acme/parley:1.0.0"
    assert digests.main([name]) == 0
    assert capsys.readouterr().out == f"{name}@{digest}\n"


def test_two_digests_of_one_image_are_a_mistake(project: Path) -> None:
    file = project / "deploy/k8s/stores.yaml"
    file.write_text(file.read_text().replace("mongo:8.0", f"mongo:8.0@{DIGEST}"))
    with pytest.raises(CheckFailed, match="named by different digests"):
        digests.check(project)


def test_every_image_of_the_project_is_found_and_has_a_version() -> None:
    compose = yaml.safe_load((digests.PROJECT / "docker-compose.yml").read_text())["services"].values()
    named = {one["image"] for one in compose if not one["image"].startswith("parley")}
    found = digests.images()
    assert named < found.keys()
    assert any(without_digest(one).startswith("python:3.11") for one in found)
    assert all(parse(one).tag != "latest" for one in found)
