"""`parley export` writes a workspace back: applying the written file changes nothing."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.cli.main import main
from shared.workspace.schema import PAGE
from tests.cli.runner import DEMO, ROOT, CommandResult
from tests.conftest import Infra

DOCS_EXAMPLE = PAGE.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
VARIABLES = ("ACME_META_TOKEN", "ACME_APP_SECRET", "ACME_VERIFY_TOKEN", "ACME_TWILIO_TOKEN", "ACME_CRM_SECRET")
MSG91 = """\
workspace: aws
channels:
  - {id: m, provider: msg91, address: "+919999999999", authkey: a-literal-secret,
     webhook_secret: a-literal-secret-of-msg91, webhook_fields: {text: message, at: when}, messages_per_second: 2.5}
holidays: [2026-12-25]
bot: {faq_threshold: 0.8, fallback_models: [], link_hosts: [a.example]}
conversing: {stop_words: ["no", "0800"], away: "Closed.\\nUntil {opens}."}
limits: {ai_usd_per_month: 12.5}
segments: [{name: new, qualified: false, fields: {city: "on"}, min_orders: 1}]
"""


def faq_file(name: str) -> str:
    """Return the FAQ of a test's data as a workspace file."""
    found: Any = yaml.safe_load((ROOT / "tests/data/faq" / name).read_text(encoding="utf-8"))
    faqs = [
        {"question": question, "answer": answer, "variants": variants}
        for question, answer, *variants in found["faqs"].values()
    ]
    return yaml.safe_dump({"workspace": name.partition(".")[0], "faqs": faqs}, allow_unicode=True)


EXAMPLES: dict[str, Callable[[], str]] = {
    "the docs": lambda: DOCS_EXAMPLE,
    "the demo": lambda: DEMO.read_text(encoding="utf-8"),
    "MSG91 with literal secrets": lambda: MSG91,
    "nothing": lambda: "workspace: empty\n",
    **{
        path.name: (lambda name: lambda: faq_file(name))(path.name)
        for path in sorted((ROOT / "tests/data/faq").glob("*.yaml"))
    },
}
Run = Callable[..., CommandResult]


@pytest.fixture
def run(
    infra: Infra,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs a command with the test's own database, within this process."""
    for name, value in infra.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MONGODB_DATABASE", f"export_{os.getpid()}_{abs(hash(request.node.name))}")
    monkeypatch.setenv("SECRETS_KEY", "k1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=")
    for name in VARIABLES:
        monkeypatch.setenv(name, "a-secret-value")

    def command(*arguments: str) -> CommandResult:
        monkeypatch.setattr(sys, "argv", ["parley", *arguments, "--dir", str(tmp_path / "none")])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "a-secret" not in out + err
        assert "a-literal" not in out + err
        return CommandResult(int(ended.value.code or 0), out, err)

    return command


@pytest.mark.parametrize("example", EXAMPLES)
def test_applying_an_export_changes_nothing(
    example: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PAGE.with_name("examples"), tmp_path / "examples")
    file, folder = tmp_path / "workspace.yaml", tmp_path / "out"
    file.write_text(EXAMPLES[example](), encoding="utf-8")
    name = yaml.safe_load(file.read_text(encoding="utf-8"))["workspace"]
    assert run("apply", "-f", str(file)).code == 0
    done = run("export", name, "--to", str(folder))
    assert done.code == 0, done.err
    written = folder / f"{name}.yaml"
    text = written.read_text(encoding="utf-8")
    assert "secret-value" not in text
    assert "a-literal" not in text
    monkeypatch.setenv("AWS_M_AUTHKEY", "a-literal-secret")
    monkeypatch.setenv("AWS_M_WEBHOOK_SECRET", "a-literal-secret-of-msg91")
    again = run("apply", "-f", str(written), "--allow-env", "AWS_M_*")
    assert again.out.startswith(f"workspace {name}: unchanged"), again.out + again.err
    assert run("export", name).out == text
    assert run("export", name, "--to", str(folder)).code == 1, "files that are there are kept"
    assert run("export", name, "--to", str(folder), "--force").code == 0
    assert written.read_text(encoding="utf-8") == text


def test_export_has_the_variables_and_flows_of_the_file(run: Run, tmp_path: Path) -> None:
    shutil.copytree(PAGE.with_name("examples"), tmp_path / "examples")
    file = tmp_path / "workspace.yaml"
    file.write_text(DOCS_EXAMPLE, encoding="utf-8")
    assert run("apply", "-f", str(file)).code == 0
    out = run("export", "acme").out
    assert all(f"${{{name}}}" in out for name in VARIABLES)
    assert "managed_by_file:\n- channels\n- limits\n" in out
    lines = run("export", "acme", "--to", str(tmp_path)).out.splitlines()
    assert [Path(line).relative_to(tmp_path).as_posix() for line in lines] == [
        "acme.yaml",
        "flows/lead.yaml",
        "flows/appointment.yaml",
    ]
    source = (tmp_path / "examples/flows/lead.yaml").read_bytes()
    assert (tmp_path / "flows/lead.yaml").read_bytes() == source, "byte for byte"


def test_unknown_workspace_is_an_error(run: Run) -> None:
    done = run("export", "nobody")
    assert (done.code, done.err) == (1, "parley: there is no workspace `nobody`\n")
