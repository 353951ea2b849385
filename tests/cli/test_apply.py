"""`parley apply`: what is wrong is named with file, line and field; applying twice changes nothing."""

from pathlib import Path

import pytest

from devtools.cli.workspace_file import read
from devtools.stack.errors import StackError
from tests.cli.conftest import DEMO, Live, parley

GOOD = """\
workspace: shop
name: Shop
channels:
  - id: main
    provider: meta
    address: "+2348031234567"
    phone_number_id: "665397593326012"
    waba_id: "1437200930610622"
    access_token: token
"""

CASES = {
    "an unknown field": ("access_token: token", "acces_token: token", ":9: channels.0.acces_token: "),
    "a number without +": ('"+2348031234567"', '"08031234567"', ":6: channels.0.address: "),
    "a bad name": ("workspace: shop", "workspace: My Shop", ":1: workspace: "),
    "an unset variable": ("access_token: token", 'access_token: "${NO_SUCH}"', ":9: access_token: NO_SUCH is not in"),
    "no YAML": ("name: Shop", "name: [Shop", ":3: not YAML"),
    "an unknown provider": ("provider: meta", "provider: fax", ":4: channels.0"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_with_file_line_and_field(case: str, tmp_path: Path) -> None:
    before, after, said = CASES[case]
    assert before in GOOD
    file = tmp_path / "workspace.yaml"
    file.write_text(GOOD.replace(before, after))

    with pytest.raises(StackError) as raised:
        read(file, {})

    assert f"{file}{said}" in str(raised.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "workspace.yaml"
    file.write_text(GOOD.replace("workspace: shop", "workspace: My Shop").replace("access_token", "acces_token"))

    done = parley("apply", "-f", str(file), "--dir", str(tmp_path / "none"))

    assert done.code == 1
    for field in ("workspace", "channels.0.access_token", "channels.0.acces_token"):
        assert f": {field}: " in done.err


def test_applying_twice_changes_nothing(live: Live) -> None:
    assert live.parley("apply", "-f", str(DEMO)).out == "workspace acme: unchanged, 2 channels, 4 FAQs\n"
