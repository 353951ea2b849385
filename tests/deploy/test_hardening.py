"""Containers are restricted as far as Compose can, and the check of a real engine would notice if they were not."""

from typing import Any

import pytest
import yaml

from devtools.deploy.engine import hardening
from devtools.deploy.engine.compose import RUNNING
from tests.deploy.unrendered import PROJECT

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
OURS = [name for name, one in COMPOSE["services"].items() if one["image"].startswith("parley")]
NOT_HARDENED: dict[str, str] = {}
"""Services of ours without these restrictions, with the reason."""

STATUS = """Name:\tpython
Uid:\t10001\t10001\t10001\t10001
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
"""
REFUSED = "\n".join(f"touch: cannot touch '{path}': Read-only file system" for path in hardening.PATHS)
DECLARED: dict[str, Any] = {
    "ReadonlyRootfs": True,
    "CapDrop": ["ALL"],
    "CapAdd": None,
    "SecurityOpt": ["no-new-privileges:true"],
    "Privileged": False,
    "Memory": 536870912,
}


def test_compose_runs_these_services_of_ours() -> None:
    assert set(OURS) == {*RUNNING, "topics", "tools"}


@pytest.mark.parametrize("name", OURS)
def test_compose_restricts_every_service_of_ours(name: str) -> None:
    if name in NOT_HARDENED:
        return
    service = COMPOSE["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert [one.partition(":")[0] for one in service["tmpfs"]] == ["/tmp"]  # noqa: S108 - of the container
    assert not {"cap_add", "privileged", "user", "pid", "network_mode", "devices"} & service.keys()


def test_restricted_process_passes() -> None:
    assert hardening.status_findings(STATUS) == []
    assert hardening.write_findings(f"{REFUSED}\n{STATUS}") == []
    assert hardening.declaration_findings(DECLARED) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "CapBnd:\t0000000000000000",
            "CapBnd:\t00000000a80425fb",
        ),  # Docker's default: effective ones are 0 all the same
        ("CapAmb:\t0000000000000000", "CapAmb:\t0000000000000400"),
        ("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
        ("NoNewPrivs:\t1\n", ""),
        ("Uid:\t10001\t10001", "Uid:\t10001\t0"),
    ],
)
def test_process_with_more_rights_is_found(old: str, new: str) -> None:
    assert len(hardening.status_findings(STATUS.replace(old, new))) == 1


@pytest.mark.parametrize("reason", ["Permission denied", ""])
def test_paths_that_only_lack_the_users_rights_are_found(reason: str) -> None:
    """The user owns none of them, so on a writable file system `touch` fails too."""
    path = hardening.PATHS[1]
    line = f"touch: cannot touch '{path}': Read-only file system"
    found = hardening.write_findings(REFUSED.replace(line, f"touch: cannot touch '{path}': {reason}" if reason else ""))
    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize("name", DECLARED)
def test_container_that_lacks_a_restriction_is_found(name: str) -> None:
    assert len(hardening.declaration_findings({**DECLARED, name: ""})) == 1
