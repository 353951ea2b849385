"""The pages agree with each other and with the code: links, anchors, decisions, stages."""

import re
from pathlib import Path

import pytest

from devtools.deploy import debian_versions, versions
from devtools.deploy.engine import packages, stand_ins
from devtools.observability import tools
from shared.decisions.pipeline import STAGES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))
PACKAGES = [
    path.parent
    for folder in ("services", "shared", "devtools")
    for path in sorted((ROOT / folder).rglob("__init__.py"))
    if "In reading order" in path.read_text()
]
SECTIONS = ["Context", "Decision", "Consequences", "Checked by"]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return the text of a page without its blocks of code."""
    return re.sub(r"```.*?```", "", page.read_text(), flags=re.S)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_pages_and_headings_that_exist(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        file, _, anchor = link.partition("#")
        if file.startswith(("http:", "https:")):
            continue
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_a_decision_has_four_sections_on_one_page_and_a_line_in_the_index(page: Path) -> None:
    text = page.read_text()
    number, title = re.match(r"# (\d+)\. (.+)\n", text).groups()  # type: ignore[union-attr]  # fails with the page's id
    assert page.name.startswith(f"{int(number):04}-")
    assert re.findall(r"^## (.+)$", text, flags=re.M) == SECTIONS
    assert len(text.splitlines()) < 60
    assert f"| [{page.name[:4]}]({page.name}) | {title} |" in (page.parent / "README.md").read_text()


def test_the_page_about_conversations_lists_the_stages_in_order() -> None:
    table = (ROOT / "docs/conversations.md").read_text().partition("| stage |")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, flags=re.M) == [stage.__name__ for stage in STAGES]


def test_the_life_of_an_faq_message_is_told_in_at_most_25_files_in_reading_order() -> None:
    page = (ROOT / "docs/life-of-a-message.md").read_text()
    section = page.partition("\n## A question that the FAQ answers\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| `([\w/.]+)` \|", section, flags=re.M)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert 1 <= len(rows) <= 25
    assert {file for _, file in rows} == set(re.findall(r"`((?:services|shared)/[\w/.]+\.py)`", section))


@pytest.mark.parametrize("page", ["README.md", "docs/contributing.md"])
def test_pages_name_all_that_make_check_does(page: str) -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    (said,) = re.findall(r"make check`? +(?:is|#) (what CI runs.*?all tests)", (ROOT / page).read_text(), flags=re.S)
    (targets,) = re.findall(r"--jobs=\d+ (.+)$", recipe, flags=re.M)
    assert all(re.search(rf"\b{target}\b", said) for target in targets.split()), targets


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_reading_order_of_a_package_names_all_of_its_modules(package: Path) -> None:
    text = (package / "__init__.py").read_text()
    modules = {one.stem for one in package.iterdir() if one.suffix == ".py" or (one / "__init__.py").exists()}
    assert not modules - {"__init__", "__main__", *re.findall(r"\w+", text)}


@pytest.mark.parametrize("folder", ["services", "shared", "devtools", "tests", "deploy"])
def test_pages_named_in_code_exist(folder: str) -> None:
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in (".py", ".yaml"):
            for page in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text()):
                assert (ROOT / page).exists(), f"{name(path)} names {page}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_named_on_a_page_exist(page: Path) -> None:
    files = {
        path
        for folder in ("services", "shared", "devtools", "tests", "deploy")
        for path in (ROOT / folder).rglob("*.py")
    }
    known = {name(path) for path in files} | {path.name for path in files}
    assert set(re.findall(r"`([\w/]+\.py)`", page.read_text())) <= known


def test_log_events_named_in_pages_exist() -> None:
    code = "".join(path.read_text() for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py"))
    for page in PAGES:
        text = " ".join(page.read_text().split())
        events = re.findall(r"\blogs?(?: line)? [`\"]([A-Z][^`\"]+)[`\"]", text)
        events += re.findall(r"\bgrep '([A-Z][^']+)'", text)
        assert [event for event in events if f'"{event}' not in code] == [], name(page)


def test_table_of_versions_has_the_debian_packages_of_the_checks() -> None:
    assert debian_versions.ENGINE.keys() == set(packages.PACKAGES)
    assert debian_versions.STAND_INS.keys() <= set(stand_ins.PACKAGES)
    assert debian_versions.PROMETHEUS.keys() == set(tools.PACKAGES.values())


def test_table_of_versions_is_up_to_date() -> None:
    assert versions.TARGET.read_text() == versions.text(), "python -m devtools.deploy versions"
