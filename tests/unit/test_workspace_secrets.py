"""Secrets in workspace files: a file gets its workspace's secrets, in secret fields, and nothing of the operator's."""

from pathlib import Path

import pytest

from shared.operations.errors import FileInvalid
from shared.operations.workspaces.file import LoadedWorkspaceFile, read
from shared.operations.workspaces.secrets import AllowedVariables, foreign_variables
from shared.settings import Settings

OPERATOR = {
    "SECRETS_KEY": "the-operators-key",
    "MONGODB_URI": "mongodb://root:the-operators-password@db",
    "ANTHROPIC_API_KEY": "the-operators-model-key",
    "AWS_SECRET_ACCESS_KEY": "the-operators-cloud-key",
    "GLOBEX_META_TOKEN": "the-other-tenants-token",
    "ACME_META_TOKEN": "own-meta-token",
    "ACME_APP_SECRET": "own-app-secret",
    "ACME_TWILIO_TOKEN": "own-twilio-token",
    "ACME_MSG91_KEY": "own-msg91-key",
    "ACME_MSG91_SECRET": "own-msg91-webhook-secret",
    "ACME_CRM_SECRET": "own-crm-secret",
}
FILE = """\
workspace: acme
name: Acme
channels:
  - {id: main, provider: meta, address: "+2348031234567", phone_number_id: "665397593326012",
     waba_id: "1437200930610622", access_token: "${ACME_META_TOKEN}", app_secret: "${ACME_APP_SECRET}"}
  - {id: tw, provider: twilio, address: "+14155238886", account_sid: "AC00000000000000000000000000000001",
     auth_token: "${ACME_TWILIO_TOKEN}"}
  - {id: in, provider: msg91, address: "+919876543210", authkey: "${ACME_MSG91_KEY}",
     webhook_secret: "${ACME_MSG91_SECRET}"}
webhooks: [{id: crm, url: "https://crm.example.com/in", secret: "${ACME_CRM_SECRET}"}]
faqs: [{question: "When?", answer: "At 9."}]
"""


def reading(folder: Path, text: str, *allow_env: str) -> LoadedWorkspaceFile:
    file = folder / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    return read(file, OPERATOR, allow_env)


def refused(folder: Path, text: str, *allow_env: str) -> str:
    """Return the refusal's text, which never contains a value from the environment."""
    with pytest.raises(FileInvalid) as raised:
        reading(folder, text, *allow_env)
    said = str(raised.value)
    assert not [name for name, value in OPERATOR.items() if value in said]
    return said


def test_secret_fields_take_the_workspaces_own_variables(tmp_path: Path) -> None:
    found = reading(tmp_path, FILE).wanted
    assert [channel.secrets for channel in found.channels] == [
        {"access_token": "own-meta-token", "app_secret": "own-app-secret"},
        {"auth_token": "own-twilio-token"},
        {"authkey": "own-msg91-key", "webhook_secret": "own-msg91-webhook-secret"},
    ]
    assert found.webhooks[0].secret == "own-crm-secret"


ELSEWHERE = [
    ("an answer", 'answer: "At 9."', 'answer: "{}"', "faqs.0.answer"),
    ("a question", 'question: "When?"', 'question: "{}"', "faqs.0.question"),
    ("a variant", 'answer: "At 9."', 'answer: "At 9.", variants: ["{}"]', "faqs.0.variants.0"),
    ("the name", "name: Acme", 'name: "{}"', "name"),
    ("the prompt", "name: Acme", 'bot: {{system_prompt: "{}"}}', "bot.system_prompt"),
    ("an apology", "name: Acme", 'bot: {{apology: "{}"}}', "bot.apology"),
    ("a word for a person", "name: Acme", 'bot: {{handoff_words: ["{}"]}}', "bot.handoff_words.0"),
    ("the answer to STOP", "name: Acme", 'conversing: {{stopped: "{}"}}', "conversing.stopped"),
    ("a product", "name: Acme", 'catalog: [{{sku: "1", name: "{}", price: "1", currency: USD}}]', "catalog.0.name"),
    ("a template's body", "name: Acme", 'templates: [{{name: a, language: en, body: "{}"}}]', "templates.0.body"),
    (
        "what stands in for text",
        "name: Acme",
        'window_template: {{name: a, language: en, parameters: ["{}"]}}',
        "window_template.parameters.0",
    ),
    ("a segment", "name: Acme", 'segments: [{{name: a, fields: {{city: "{}"}}}}]', "segments.0.fields.city"),
    ("the address of a webhook", "https://crm.example.com/in", "https://crm.example.com/{}", "webhooks.0.url"),
    ("an account", "AC00000000000000000000000000000001", "{}", "channels.1.account_sid"),
    (
        "a field of MSG91's",
        'address: "+919876543210"',
        'address: "+919876543210", webhook_fields: {{text: "{}"}}',
        "text",
    ),
    ("a flow's path", "name: Acme", 'flows: ["{}"]', "flows.0"),
]


@pytest.mark.parametrize("variable", ["${SECRETS_KEY}", "${MONGODB_URI}", "${ACME_META_TOKEN}", "${NOT_SET}"])
@pytest.mark.parametrize(
    ("before", "after", "field"), [case[1:] for case in ELSEWHERE], ids=[it[0] for it in ELSEWHERE]
)
def test_nothing_else_takes_variables(before: str, after: str, field: str, variable: str, tmp_path: Path) -> None:
    assert before in FILE
    said = refused(tmp_path, FILE.replace(before, after.format(variable)))
    assert f"{field}: {variable} is not filled in here" in said


FOREIGN = [
    ("SECRETS_KEY", "is a setting of Parley's own"),
    ("MONGODB_URI", "is a setting of Parley's own"),
    ("ANTHROPIC_API_KEY", "is a setting of Parley's own"),
    ("secrets_key", "is a setting of Parley's own"),
    ("AWS_SECRET_ACCESS_KEY", "is not this workspace's: call it ACME_…"),
    ("GLOBEX_META_TOKEN", "is not this workspace's: call it ACME_…"),
    ("ACMEX_TOKEN", "is not this workspace's: call it ACME_…"),
]


@pytest.mark.parametrize(("name", "reason"), FOREIGN)
@pytest.mark.parametrize("field", ["ACME_META_TOKEN", "ACME_APP_SECRET", "ACME_TWILIO_TOKEN", "ACME_CRM_SECRET"])
def test_a_secret_field_takes_no_variable_of_others(name: str, reason: str, field: str, tmp_path: Path) -> None:
    assert f"{name} {reason}" in refused(tmp_path, FILE.replace(field, name))


@pytest.mark.parametrize("name", sorted(name.upper() for name in Settings.model_fields))
def test_no_option_gives_a_setting_away(name: str) -> None:
    assert "setting" in AllowedVariables("acme", (name, f"{name.partition('_')[0]}_*")).refusal(name)


@pytest.mark.parametrize("allowed", ["GLOBEX_META_TOKEN", "GLOBEX_*"])
def test_the_operator_may_allow_a_variable(allowed: str, tmp_path: Path) -> None:
    found = reading(tmp_path, FILE.replace("ACME_META_TOKEN", "GLOBEX_META_TOKEN"), allowed).wanted
    assert found.channels[0].secrets["access_token"] == "the-other-tenants-token"


@pytest.mark.parametrize("allowed", ["*", "", "GLO*", "${GLOBEX_META_TOKEN}", "A B"])
def test_allow_env_takes_only_variable_names_or_prefixes(allowed: str, tmp_path: Path) -> None:
    assert "PREFIX_*" in refused(tmp_path, FILE, allowed)


NO_VARIABLES = [
    "${ACME_META_TOKEN:-x}",
    "${ ACME_META_TOKEN }",
    "${\u0410CME_META_TOKEN}",
    "${\uff21CME}",
    "${}",
    "${${ACME_APP_SECRET}}",
    "${ACME_META_TOKEN",
]


@pytest.mark.parametrize("written", NO_VARIABLES)
def test_text_that_resembles_a_variable_is_refused_as_a_secret(written: str, tmp_path: Path) -> None:
    assert "begins no variable" in refused(tmp_path, FILE.replace("${ACME_META_TOKEN}", written))


GENERIC = [
    "smtp",
    "db",
    "stripe",
    "slack",
    "api",
    "app",
    "jwt",
    "arm",
    "tf",
    "hf",
    "admin-two",
    "secret",
    "mongo",
    "s3",
]


@pytest.mark.parametrize("workspace", ["aws", "meta", "secrets", "ai", "in", "github", "kafka-two", *GENERIC])
def test_a_workspace_named_as_other_programs_variables_begin_gets_only_what_is_allowed(workspace: str) -> None:
    name = f"{workspace.upper().replace('-', '_')}_ANY_TOKEN"
    assert "allow it" in AllowedVariables(workspace).refusal(name)
    assert not AllowedVariables(workspace, (name,)).refusal(name)


def test_a_variable_that_begins_with_another_workspaces_name_is_that_ones() -> None:
    used = ("ACME_TWO_META_TOKEN", "ACME_META_TOKEN")
    known = ("acme", "acme-two", "globex")
    assert list(foreign_variables(used, AllowedVariables("acme"), known)) == [("ACME_TWO_META_TOKEN", "acme-two")]
    assert not list(foreign_variables(used[:1], AllowedVariables("acme-two"), known))
    assert list(foreign_variables(used[:1], AllowedVariables("acme_two"), known)) == [
        ("ACME_TWO_META_TOKEN", "acme-two")
    ]
    assert not list(foreign_variables(used, AllowedVariables("acme", ("ACME_TWO_*",)), known))


def test_the_value_of_a_variable_is_not_looked_through_again(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(FILE, encoding="utf-8")
    found = read(file, {**OPERATOR, "ACME_META_TOKEN": "${SECRETS_KEY}"}).wanted
    assert found.channels[0].secrets["access_token"] == "${SECRETS_KEY}"


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = (
        FILE.replace("name: Acme", "nmae: Acme")
        .replace('"At 9."', '"${SECRETS_KEY}"')
        .replace("ACME_APP", "GLOBEX_APP")
    )
    lines = refused(tmp_path, text).splitlines()
    assert lines[0].endswith("acme.yaml:2: nmae: is not known; did you mean `name`?")
    assert [line.split(": ")[1] for line in lines] == ["nmae", "channels.0.app_secret", "faqs.0.answer"]
