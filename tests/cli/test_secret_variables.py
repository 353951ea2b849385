"""Secrets of workspaces come from the environment, or from `.env`."""

from pathlib import Path

import pytest

from devtools.cli.secret_variables import secret_variables


def test_environment_takes_precedence_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_META_TOKEN", "of-the-environment")
    (tmp_path / ".env").write_text("ACME_META_TOKEN=of-the-file\nACME_CRM_SECRET=secret-of-the-crm\n")
    found = secret_variables(tmp_path / ".env")
    assert (found["ACME_META_TOKEN"], found["ACME_CRM_SECRET"]) == ("of-the-environment", "secret-of-the-crm")
