"""Drafts, layouts, simulations, tests and publishing of flows through the API."""

from collections import Counter
from datetime import timedelta
from typing import Any

from services.console.parts import Parts
from shared.commerce.actions import ACTIONS
from shared.domain.statistics import Key, Measure, quarter_of
from shared.repositories.statistics import Statistics
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.repositories.builders import workspace_file

FLOW = """\
# Greets.
flow: hello
triggers: {keywords: [hello]}
steps:
  say: "Hello {{ customer.name }}!"   # a greeting
  which:
    choose: "What now?"
    options: {Order: order, Nothing: end}
  order:
    add_tags: [buyer]
  bye:
    end: "Thanks"
"""


async def begin(client: Client) -> dict[str, Any]:
    """Begin a draft of `hello`."""
    done = await client.put("flows/hello/draft", {"source": FLOW})
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def ops(client: Client, base: str, *operations: dict[str, Any]) -> Any:
    return await client.post("flows/hello/draft/ops", {"base": base, "ops": list(operations)})


async def test_draft_carries_all_that_a_canvas_draws(admin: Client) -> None:
    draft = await begin(admin)
    assert (draft["stored"], draft["revision"], draft["problems"]) == (True, 1, [])
    assert draft["model"]["steps"]["order"] == {"add_tags": ["buyer"]}
    graph = draft["graph"]
    assert graph["start"] == "say"
    assert [(one["name"], one["kind"], one["line"]) for one in graph["steps"]] == [
        ("say", "say", 5),
        ("which", "choose", 6),
        ("order", "customer", 9),
        ("bye", "end", 11),
    ]
    which = graph["steps"][1]
    edges = [graph["edges"][port] for port in which["ports"]]
    assert [(one["label"], one["target"], one["implicit"], one["line"]) for one in edges] == [
        ("Order", "order", False, 8),
        ("Nothing", "end", False, 8),
        ("does not fit", "hand_off", True, 6),
    ]
    assert edges[0]["written"] == ["steps", "which", "options", "Order"]


async def test_large_drafts_are_compressed_for_those_who_ask(admin: Client) -> None:
    draft = await begin(admin)
    small = await admin.get("flows/hello/draft")
    texts = {f"more_{number}": f"Text {number} of a long flow" for number in range(60)}
    steps = [
        {"op": "insert_step", "name": name, "after": "say", "step": {"text": text, "next": "which"}}
        for name, text in list(texts.items())[:50]
    ]
    large = await ops(admin, draft["digest"], *steps)
    assert (small.headers.get("content-encoding"), large.headers["content-encoding"]) == (None, "gzip")
    assert large.json()["model"]["steps"]["more_7"]["text"] == texts["more_7"]
    assert int(large.headers["content-length"]) * 5 < len(large.content)
    plain = await admin.get("flows/hello/draft", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json()["digest"] == large.json()["digest"]


async def test_operations_change_only_their_lines_and_are_undone_and_done_again(admin: Client) -> None:
    draft = await begin(admin)
    edited = (await ops(admin, draft["digest"], {"op": "rename_step", "name": "order", "to": "buy"})).json()
    assert edited["source"] == FLOW.replace("Order: order", "Order: buy").replace("  order:", "  buy:")
    assert edited["inverse"]["pieces"]
    undone = (await admin.post("flows/hello/draft/undo", {"base": edited["digest"]})).json()
    assert (undone["source"], undone["digest"], undone["redo"]) == (FLOW, draft["digest"], 1)
    redone = (await admin.post("flows/hello/draft/redo", {"base": undone["digest"]})).json()
    assert redone["source"] == edited["source"]
    assert (await admin.get("flows/hello/draft")).json()["digest"] == edited["digest"]


async def test_second_editor_never_overwrites_the_first(admin: Client, console: Console) -> None:
    draft = await begin(admin)
    other = console.client("owner")
    assert (await ops(other, draft["digest"], {"op": "set", "path": ["priority"], "value": 5})).status_code == 200
    late = await ops(admin, draft["digest"], {"op": "set", "path": ["steps", "bye", "end"], "value": "Bye"})
    assert problem(late) == "conflict"
    answer = late.json()
    assert "priority: 5" in answer["theirs"]["source"]
    assert answer["yours"] == FLOW.replace('"Thanks"', '"Bye"')
    assert (
        problem(await admin.put("flows/hello/draft", {"base": draft["digest"], "source": "flow: hello"})) == "conflict"
    )


async def test_repeat_of_the_last_edit_changes_nothing(admin: Client) -> None:
    draft = await begin(admin)
    operation = {"op": "set", "path": ["steps", "bye", "end"], "value": "Bye"}
    first = (await ops(admin, draft["digest"], operation)).json()
    again = (await ops(admin, draft["digest"], operation)).json()
    assert (again["digest"], again["revision"]) == (first["digest"], first["revision"])
    assert again["inverse"] == first["inverse"]


async def test_edit_that_cannot_be_proved_is_refused_with_its_line(admin: Client) -> None:
    draft = await begin(admin)
    refused = await ops(admin, draft["digest"], {"op": "delete_step", "name": "order"})
    assert problem(refused) == "invalid"
    assert refused.json()["line"] == 8
    assert (await admin.get("flows/hello/draft")).json()["digest"] == draft["digest"]


async def test_draft_with_problems_still_has_a_picture(admin: Client) -> None:
    draft = await begin(admin)
    broken = (
        await ops(admin, draft["digest"], {"op": "set", "path": ["steps", "which", "options"], "value": 3})
    ).json()
    assert broken["problems"][0]["path"] == ["steps", "which", "options"]
    assert [one["valid"] for one in broken["graph"]["steps"]] == [True, False, True, True]
    text = (await admin.put("flows/hello/draft", {"base": broken["digest"], "source": "flow: ["})).json()
    assert (text["graph"], text["model"]) == (None, None)
    assert text["problems"][0]["message"].startswith("not YAML")


async def test_steps_are_counted_by_where_customers_are_and_leave(admin: Client, parts: Parts, mongo: Mongo) -> None:
    state = {"flow": {"flow": "hello", "version": "1", "step": "which"}}
    await mongo.collection("conversations").insert({"_id": "c1", "workspace": "acme", "state": state})
    quarter = quarter_of(parts.clock.now()) - timedelta(hours=1)
    ends = ["hello which timed-out 1", "hello bye finished 1"]
    counts = Counter({Key(Measure.FLOWS_ENDED, end): 3 for end in ends})
    await Statistics(mongo, "acme").replace(quarter, quarter + timedelta(minutes=15), {quarter: counts})
    counted = (await admin.get("flows/hello/steps")).json()
    assert counted == {"ended": 6, "items": [{"step": "which", "here": 1, "left": 3}]}


async def test_published_flow_is_edited_compared_and_published_with_a_note(admin: Client, console: Console) -> None:
    assert (await admin.post("flows/hello/publish", {"source": FLOW})).status_code == 200
    opened = (await admin.get("flows/hello/draft")).json()
    assert (opened["stored"], opened["source"]) == (False, FLOW)
    edited = (await ops(admin, opened["digest"], {"op": "set", "path": ["steps", "say"], "value": "Hi!"})).json()
    assert edited["base"] == opened["base"] != ""
    diff = (await admin.get("flows/hello/diff", params={"new": "draft"})).json()
    assert diff["meaning"] == [{"kind": "changed", "what": "step", "name": "say", "before": "", "keys": ["text"]}]
    assert '+  say: "Hi!"   # a greeting' in diff["diff"]
    listed = (await admin.get("flows")).json()["items"]
    assert (listed[0]["name"], listed[0]["draft"]["revision"]) == ("hello", 1)
    stale = await admin.post("flows/hello/publish", {"base": opened["digest"]})
    assert problem(stale) == "changed-meanwhile"
    done = (await admin.post("flows/hello/publish", {"base": edited["digest"], "note": "Shorter"})).json()
    assert done["changes"][0]["path"] == "flows[hello].version"
    versions = (await admin.get("flows/hello/versions")).json()["items"]
    newest = next(one for one in versions if one["published"])
    assert (newest["version"], newest["note"]) == (done["version"], "Shorter")
    assert newest["by"].startswith("user:")
    assert (await admin.get("flows/hello/draft")).json()["stored"] is False


async def test_words_that_opt_out_are_warned_of_and_published(admin: Client) -> None:
    await admin.patch("settings/conversing", {"stop_words": ["enough"]})
    source = FLOW.replace("Order: order", "Enough: order, Stop: order")
    drafted = (await admin.put("flows/hello/draft", {"source": source})).json()
    published = (await admin.post("flows/hello/publish", {"source": source})).json()
    for warnings in (drafted["warnings"], published["warnings"]):
        found = [(one["step"], one["line"], one["message"][:34]) for one in warnings if not one["provider"]]
        assert found == [
            ("which", 8, "customers opt out with `Enough`; w"),
            ("which", 8, "customers opt out with `Stop`; whi"),
        ]


async def test_tests_are_run_before_publishing(admin: Client) -> None:
    assert problem(await admin.put("flows/hello/tests", {"source": "tests: 3"})) == "invalid"
    talk = {"flow": "hello", "source": FLOW, "name": "orders", "heard": ["hello", {"button": "Order"}]}
    recorded = (await admin.post("flows/simulate/test", talk)).json()["source"]
    assert 'say: [Hello Ada!, "What now?"]' in recorded
    assert (await admin.put("flows/hello/tests", {"source": recorded})).status_code == 200
    assert (await admin.get("flows/hello/tests")).json()["source"] == recorded
    assert (await admin.post("flows/hello/tests/run", {"source": FLOW})).json()["passed"] is True
    changed = FLOW.replace("What now?", "And now?")
    failed = await admin.post("flows/hello/publish", {"source": changed})
    assert problem(failed) == "tests-failed"
    assert "And now?" in failed.json()["errors"][0]["message"]
    skipped = await admin.post("flows/hello/publish", {"source": changed, "tests": "skip"})
    assert skipped.status_code == 200
    assert (await admin.post("flows/hello/tests/run", {})).json()["passed"] is False


async def test_simulation_goes_on_from_its_signed_position(admin: Client, console: Console) -> None:
    first = (await admin.post("flows/simulate", {"flow": "hello", "source": FLOW})).json()
    assert [one["step"] for one in first["trace"]] == ["say", "which"]
    assert [one["body"]["type"] for one in first["bubbles"]["meta"]] == ["text", "buttons"]
    assert (first["step"], first["window_open"]) == ("which", True)
    step = {"flow": "hello", "source": FLOW, "position": first["position"]}
    late = (await admin.post("flows/simulate", {**step, "heard": [{"wait": "25h"}]})).json()
    assert late["window_open"] is False
    second = (await admin.post("flows/simulate", {**step, "heard": [{"button": "Order"}]})).json()
    assert second["effects"][0]["kind"] == "CustomerChange"
    assert (second["step"], second["customer"]["tags"]) == (None, ["buyer"])
    outside = {**step, "position": second["position"], "heard": ["how late is it?"], "model_says": "It is nine."}
    third = (await admin.post("flows/simulate", outside)).json()
    assert third["taken"] is False
    (bubble,) = third["bubbles"]["meta"]
    assert (bubble["by"], bubble["body"]["body"]) == ("model", "It is nine.")
    forged = {**step, "position": first["position"][:-2] + "AA", "heard": ["x"]}
    assert problem(await admin.post("flows/simulate", forged)) == "invalid"
    assert problem(await console.client("owner").post("flows/simulate", {**step, "heard": ["x"]})) == "invalid"


async def test_starter_is_copied_with_its_tests_under_another_name(admin: Client) -> None:
    listed = (await admin.get("flow-starters")).json()["items"]
    assert {"en", "es"} == {one["language"] for one in listed}
    shown = (await admin.get("flow-starters/survey/en")).json()
    assert shown["tests"].startswith("tests:")
    assert [line["by"] for line in shown["sample"]][:3] == ["flow", "customer", "flow"]
    copied = await admin.post("flow-starters/survey/en/copy", {"name": "our-survey"})
    assert copied.status_code == 201
    assert copied.json()["source"].splitlines()[1] == "flow: our-survey"
    assert copied.json()["problems"] == []
    assert (await admin.post("flows/our-survey/tests/run", {})).json()["passed"] is True
    assert problem(await admin.post("flow-starters/survey/es/copy", {"name": "our-survey"})) == "conflict"
    assert problem(await admin.get("flow-starters/survey/xx")) == "not-found"


async def test_layout_is_kept_apart_from_the_flow(admin: Client) -> None:
    assert (await admin.get("flows/hello/layout")).json() == {"positions": {}, "collapsed": []}
    assert (await admin.put("flows/hello/layout", {"positions": {"say": [1.5, 2]}})).status_code == 204
    assert (await admin.get("flows/hello/layout")).json()["positions"] == {"say": [1.5, 2.0]}


async def test_draft_is_kept_while_the_file_owns_the_flows(admin: Client, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file(managed_by_file=["flows"]))
    draft = await begin(admin)
    refused = await admin.post("flows/hello/publish", {"base": draft["digest"]})
    assert problem(refused) == "managed-by-file"
    assert (await admin.get("flows/hello/draft")).json()["stored"] is True
    stale = await admin.delete("flows/hello/draft", headers={"if-match": '"of-an-earlier-text"'})
    assert problem(stale) == "changed-meanwhile"
    read = (await admin.get("flows/hello/draft")).headers["etag"]
    assert (await admin.delete("flows/hello/draft", headers={"if-match": read})).status_code == 204
    assert problem(await admin.get("flows/hello/draft")) == "not-found"


async def test_actions_of_steps_are_listed_with_their_outcomes(admin: Client) -> None:
    listed = {one["name"]: one["outcomes"] for one in (await admin.get("flow-actions")).json()["items"]}
    assert listed.keys() == ACTIONS.keys()
    assert listed["shop.place_order"] == ["empty", "changed"]
