"""`parley apply` reports mistakes with file, line and field, changes nothing the second time, and refuses removals."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.cli.main import main
from shared.workspace.schema import PAGE
from tests.cli.conftest import Live
from tests.cli.runner import DEMO, CommandResult, parley
from tests.conftest import Infra

GOOD = """\
workspace: shop
name: Shop
region: NG
channels:
  - id: main
    provider: meta
    address: "0803 123 4567"
    phone_number_id: "665397593326012"
    waba_id: "1437200930610622"
    access_token: ${SHOP_TOKEN}
faqs:
  - {question: "When?", answer: "At 9."}
  - {question: "Where?", answer: "Here."}
"""
Apply = Callable[..., CommandResult]


@pytest.fixture
def apply(
    infra: Infra,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Apply:
    """Return a function that applies a workspace file to the test's own database, within this process."""
    file = tmp_path / "workspace.yaml"
    for name, value in infra.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MONGODB_DATABASE", f"apply_{os.getpid()}_{abs(hash(request.node.name))}")
    monkeypatch.setenv("SECRETS_KEY", "k1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=")
    monkeypatch.setenv("SHOP_TOKEN", "a-secret-token")

    def run(text: str, *options: str) -> CommandResult:
        file.write_text(text)
        arguments = ["parley", "apply", "-f", str(file), "--dir", str(tmp_path / "none"), *options]
        monkeypatch.setattr(sys, "argv", arguments)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "a-secret" not in out + err
        assert "another-secret" not in out + err
        return CommandResult(int(ended.value.code or 0), out, err)

    return run


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "workspace.yaml"
    file.write_text(GOOD.replace("workspace: shop", "workspace: My Shop").replace("access_token", "acces_token"))

    done = parley("apply", "-f", str(file), "--dir", str(tmp_path / "none"), env={"SHOP_TOKEN": "x"})

    assert done.code == 1
    assert [line.split(": ")[1] for line in done.err.removeprefix("parley: ").splitlines()] == [
        "workspace",
        "channels.0.access_token",
        "channels.0.acces_token",
    ]


def test_apply_stores_the_file_and_prints_the_changes(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    made = apply(GOOD)
    assert made.code == 0, made.err
    assert made.out.splitlines() == [
        "workspace shop: created, 1 channels, 2 FAQs",
        '  ~ name: "" → Shop',
        '  ~ region: "" → NG',
        "  + faqs[When?]",
        "  + faqs[Where?]",
        "  + channels[main]",
    ]
    assert apply(GOOD).out == "workspace shop: unchanged, 1 channels, 2 FAQs\n"
    changed = GOOD.replace("At 9.", "At 10.").replace("name: Shop", "name: Store")
    monkeypatch.setenv("SHOP_TOKEN", "another-secret")
    assert apply(changed).out.splitlines() == [
        "workspace shop: changed, 1 channels, 2 FAQs",
        "  ~ name: Shop → Store",
        "  ~ faqs[When?].answer: At 9. → At 10.",
        "  ~ channels[main].access_token: changed",
    ]


def test_dry_run_stores_nothing(apply: Apply) -> None:
    for _ in range(2):
        first, *rest = apply(GOOD, "--dry-run").out.splitlines()
        assert first == "workspace shop: created, 1 channels, 2 FAQs (dry run: nothing was stored)"
        assert "  + channels[main]" in rest


MODELS = [
    ("fast_model: claude-haiku-5.5", "bot.fast_model", "claude-haiku-5-5"),
    ("smart_model: claude-sonet-5-5", "bot.smart_model", "claude-sonnet-5-5"),
    (
        "fallback_models: [anthropic/claude-sonnet-5.5, antropic/claude-haiku-5.5]",
        "bot.fallback_models.1",
        "anthropic/",
    ),
]


@pytest.mark.parametrize(("bot", "field", "suggestion"), MODELS)
def test_model_without_price_is_refused_unless_allowed(apply: Apply, bot: str, field: str, suggestion: str) -> None:
    """Otherwise a fallback model, perhaps a more expensive one, would answer instead, unnoticed."""
    refused = apply(GOOD + f"bot:\n  {bot}\n")
    assert refused.code == 1
    assert f":15: {field}: " in refused.err
    assert f"did you mean `{suggestion}" in refused.err
    assert "--allow-unknown-model" in refused.err
    assert apply(GOOD, "--dry-run").out.startswith("workspace shop: created"), "nothing was stored"
    assert apply(GOOD + f"bot:\n  {bot}\n", "--allow-unknown-model").code == 0


def test_known_models_come_from_the_operators_price_table(
    apply: Apply, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A default model of Parley that is missing in this table is not reported as a mistake of the file."""
    prices = tmp_path / "prices.yaml"
    prices.write_text('version: "1"\nmodels: {ours: {input: "1", output: "1", cache_read: "1", cache_write: "1"}}\n')
    monkeypatch.setenv("AI_PRICES", str(prices))
    assert apply(GOOD + "bot: {fast_model: ours}\n").code == 0
    refused = apply(GOOD + "bot: {fast_model: claude-haiku-5-5}\n")
    assert (refused.code, "there are ours" in refused.err) == (1, True)


def test_removal_is_refused_unless_allowed(apply: Apply) -> None:
    assert apply(GOOD).code == 0
    less = GOOD[: GOOD.index('  - {question: "Where?"')]
    for options in ((), ("--dry-run",)):
        refused = apply(less, *options)
        assert refused.code == 1
        assert "  - faqs[Where?]" in refused.out
        assert "it would remove faqs[Where?]" in refused.err
        assert "--allow-removal" in refused.err
    assert apply(GOOD).out.startswith("workspace shop: unchanged")
    assert apply(less, "--allow-removal").out.splitlines() == [
        "workspace shop: changed, 1 channels, 1 FAQs",
        "  - faqs[Where?]",
    ]


def test_json_output_contains_outcome_and_changes(apply: Apply) -> None:
    assert apply(GOOD, "--json").json()["outcome"] == "created"
    result = apply(GOOD.replace("name: Shop", "name: Store"), "--json", "--dry-run").json()
    assert (result["workspace"], result["outcome"], result["dry_run"], result["channels"]) == (
        "shop",
        "changed",
        True,
        1,
    )
    assert [(one["kind"], one["path"], one["before"], one["after"]) for one in result["changes"]] == [
        ("changed", "name", "Shop", "Store")
    ]
    refused = apply(GOOD[: GOOD.index("faqs:")], "--json")
    assert (refused.code, refused.json()["outcome"]) == (1, "refused")
    assert refused.json()["refused"] == ["faqs[When?]", "faqs[Where?]"]


FLOW = """\
flow: hello
triggers: {keywords: [hello]}
steps:
  say: "Hello!"
"""


def test_flows_are_stored_by_version(apply: Apply, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    flow = tmp_path / "flows/hello.yaml"
    text = GOOD + "flows: [flows/hello.yaml]\n"
    flow.write_text(FLOW)
    first, *rest = apply(text).out.splitlines()
    assert first == "workspace shop: created, 1 channels, 2 FAQs, 1 flows"
    assert "  + flows[hello]" in rest
    flow.write_text("# The same, with a word about it.\n" + FLOW)
    assert apply(text).out.startswith("workspace shop: unchanged")
    flow.write_text(FLOW.replace("Hello!", "Good day!"))
    (line,) = apply(text).out.splitlines()[1:]
    assert line.startswith("  ~ flows[hello].version: ")
    assert apply(GOOD).code == 1, "removing a flow is refused too"


def test_flow_mistakes_are_reported_with_file_and_line(apply: Apply, tmp_path: Path) -> None:
    broken, shop = tmp_path / "broken.yaml", tmp_path / "shop.yaml"
    broken.write_text(FLOW.replace("triggers", "trigers"))
    shop.write_text("flow: shop\ntriggers: {keywords: [shop]}\nsteps:\n  a: {call: shop.nothing}\n")
    refused = apply(GOOD + "flows:\n  - broken.yaml\n  - none.yaml\n")
    assert refused.code == 1
    assert f"{broken}:2: " in refused.err
    assert f"{tmp_path}/workspace.yaml:16: flows.1: " in refused.err
    assert "No such file" in refused.err
    assert f"{shop}:4: a: there is no action" in apply(GOOD + "flows: [shop.yaml]\n").err


def test_example_in_the_docs_can_be_applied(apply: Apply, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PAGE.with_name("examples"), tmp_path / "examples")
    for name in ("ACME_META_TOKEN", "ACME_APP_SECRET", "ACME_VERIFY_TOKEN", "ACME_TWILIO_TOKEN", "ACME_CRM_SECRET"):
        monkeypatch.setenv(name, "a-secret")
    text = PAGE.read_text().partition("```yaml\n")[2].partition("```")[0]
    first_line = "workspace acme: {}, 2 channels, 2 FAQs, 2 flows"
    assert apply(text).out.splitlines()[0] == first_line.format("created")
    assert apply(text).out == first_line.format("unchanged") + "\n"


def test_number_of_another_workspace_is_refused(apply: Apply) -> None:
    assert apply(GOOD).code == 0
    for options in ((), ("--dry-run",)):
        taken = apply(GOOD.replace("workspace: shop", "workspace: rival"), "--allow-env", "SHOP_TOKEN", *options)
        assert taken.code == 1
        assert "belongs to another workspace" in taken.err


def test_secret_of_another_workspace_is_refused_unless_allowed(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prefix of the other workspace, `SHOP_TWO_`, begins with this workspace's own, `SHOP_`."""
    monkeypatch.setenv("SHOP_TWO_TOKEN", "a-secret-of-shop-two")
    assert apply("workspace: shop-two\n").code == 0
    wanted = GOOD.replace("SHOP_TOKEN", "SHOP_TWO_TOKEN")
    assert "SHOP_TWO_TOKEN looks like a secret of the workspace shop-two" in apply(wanted).err
    assert apply(wanted, "--allow-env", "SHOP_TWO_*").code == 0


def test_operators_settings_are_not_substituted_into_texts(apply: Apply) -> None:
    result = apply(GOOD.replace("At 9.", "${MONGODB_URI} ${SECRETS_KEY}"))
    assert result.code == 1
    assert "faqs.0.answer: ${MONGODB_URI} is not filled in here" in result.err
    assert "mongodb://" not in result.out + result.err


OTHER = """\
workspace: rival
channels:
  - {id: main, provider: meta, address: "+2348031234599", phone_number_id: "99999999999", waba_id: "88888888888",
     access_token: a-secret}
  - {id: tw, provider: twilio, address: "+14155238899", account_sid: "AC00000000000000000000000000000009",
     auth_token: a-secret}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("88888888888", "1437200930610622"),
        ("AC00000000000000000000000000000009", "AC00000000000000000000000000000001"),
        ("+14155238899", "+2348031234567"),  # the number that the other workspace has at Meta, now at Twilio
    ],
    ids=["a WhatsApp Business account", "a Twilio account", "a number at another provider"],
)
def test_account_of_another_workspace_is_shared_only_when_allowed(before: str, after: str, apply: Apply) -> None:
    """Account events go to all workspaces that have the account."""
    twilio = """\
  - {id: tw, provider: twilio, address: "+14155238886", account_sid: "AC00000000000000000000000000000001",
     auth_token: a-secret}
faqs:"""
    assert apply(GOOD.replace("faqs:", twilio)).code == 0
    assert apply(OTHER, "--dry-run").code == 0
    assert before in OTHER
    wanted = OTHER.replace(before, after)
    for options in ((), ("--dry-run",)):
        result = apply(wanted, *options)
        assert result.code == 1
        assert "`shop` has" in result.err
        assert "--share-account if it is meant" in result.err
    assert apply(wanted, "--share-account").code == 0
    assert apply(wanted + "name: Rival\n").code == 0, "an account that is shared already needs no option"


def test_flow_outside_the_workspace_folder_is_refused(apply: Apply, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    outside = tmp_path.with_name(f"{tmp_path.name}-other.yaml")
    outside.write_text(FLOW)
    (tmp_path / "link.yaml").symlink_to(outside)
    for path in (f"../{outside.name}", str(outside), "link.yaml", "other/../../etc/passwd"):
        result = apply(GOOD + f"flows: [{path}]\n")
        assert result.code == 1
        assert "lies outside the folder of the workspace file" in result.err


def test_applying_twice_changes_nothing(live: Live) -> None:
    assert live.parley("apply", "-f", str(DEMO)).out == "workspace acme: unchanged, 2 channels, 4 FAQs\n"


def test_languages_without_an_opt_out_word_are_noted(apply: Apply) -> None:
    spoken = GOOD + "languages: [en, de, is]\n"
    noted = apply(spoken)
    assert noted.code == 0
    assert "note: languages: Parley knows no opt-out word of is" in noted.out
    assert '"remarks": ["languages: ' in apply(spoken, "--json").out
    assert "note:" not in apply(spoken + "conversing: {stop_words: [hætta]}\n").out


def test_lists_that_do_not_fit_a_prompt_are_noted(apply: Apply) -> None:
    answer = "x" * 3900
    faqs = "".join(f'  - {{question: "Is {number} there?", answer: "{answer}"}}\n' for number in range(20))
    assert "note: faqs: with about 78," in apply(GOOD + faqs, "--dry-run").out
