"""The starters are valid flows, alone and together, and their tests pass."""

from pathlib import Path

import pytest

from shared.flows.engine.book import FlowBook
from shared.flows.load import read_flow
from shared.flows.validation.workspace_checks import check_flows
from shared.operations.flows.files import known_actions
from shared.operations.flows.trials import read_trials, run_trials
from shared.operations.flows.word_warnings import word_warnings
from shared.workspace.config import Workspace

FILES = sorted((Path(__file__).parents[2] / "shared/flows/starters").glob("*/??.yaml"))
WORKSPACE = Workspace.model_validate({"workspace": "simulated", "name": "Simulated", "currency": "USD"})


def test_every_starter_is_in_both_languages() -> None:
    folders = {file.parent for file in FILES}
    assert len(folders) >= 8
    assert all({file.name for file in folder.glob("*.yaml")} == _FILES for folder in folders)


_FILES = {"en.yaml", "en.test.yaml", "es.yaml", "es.test.yaml"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_tests_of_a_starter_pass(file: Path) -> None:
    flow = read_flow(file.read_text(encoding="utf-8"))
    assert flow.name == file.parent.name
    assert flow.content.description
    assert word_warnings(flow) == []
    trials = read_trials(file.with_suffix(".test.yaml").read_text(encoding="utf-8"), file.name)
    results = run_trials(trials, FlowBook([flow]), flow.name, WORKSPACE)
    assert not [failure for result in results for failure in result.failures]
    assert len(results) >= 2 or file.parent.name == "welcome"


@pytest.mark.parametrize("language", ["en", "es"])
def test_starters_of_a_language_work_beside_each_other(language: str) -> None:
    flows = [read_flow(file.read_text(encoding="utf-8"), str(file)) for file in FILES if file.stem == language]
    assert not check_flows(flows, known_actions())
