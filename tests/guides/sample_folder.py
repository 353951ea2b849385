"""The folder in which the guides' commands run: a stack's `.parley`, and files that the guides name."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from devtools import guides
from devtools.cli.simulators import Simulators
from devtools.stack.redis import find_redis_server
from devtools.stack.supervisor import Stack
from tests.cli.conftest import Live
from tests.cli.runner import DEMO, ROOT
from tests.guides.sample import SECRETS, Sample

_CODE = ("services", "shared", "devtools", "deploy", "docs", "tests")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "pictures", "static", "data", "chaos-million")
_FLOW = """\
flow: table
triggers: {keywords: [table]}
steps:
  guests: {ask: "For how many people?", save: guests, type: integer}
  thanks: {end: "Booked."}
"""
_FLOW_TEST = """\
tests:
  - name: a table for four
    talk:
      - {hear: table, say: ["For how many people?"]}
      - {hear: "4", say: ["Booked."]}
"""
_MORE_OF_ACME = """
templates: [{{name: spring_news, language: en, body: "Hello {{{{1}}}}"}}]
segments:
  - {{name: vips, tags: [vip]}}
  - {{name: regulars, min_orders: 0}}
webhooks:
  - {{id: crm, url: "{crm}", secret: "${{ACME_CRM_SECRET}}", events: [message.received]}}
"""
_BETA = """
workspace: beta
region: NG
channels:
  - {id: main, provider: meta, address: "+2348031230002", phone_number_id: "665397593320002",
     waba_id: "1437200930610002", access_token: "${BETA_META_TOKEN}"}
"""


@contextmanager
def sample_in(folder: Path) -> Iterator[Sample]:
    """Start the stack in a folder, fill the folder, and apply the workspace, until the end of the block."""
    with _crm() as crm, Stack(dir=folder / ".parley", env={"WEBHOOKS_OUT_PRIVATE": "true"}) as stack:
        live = Live(stack, folder / ".parley", Simulators(stack.info["simulators"]["url"]))
        sample = Sample(live, folder, _checkout(folder / "checkout"), _environment(folder, stack))
        for name in ("docs", "deploy"):
            (folder / name).symlink_to(folder / "checkout" / name)
        _write_files(folder, crm)
        sample.does("apply", "-f", "acme.yaml")
        sample.customer()
        yield sample


def _environment(folder: Path, stack: Stack) -> dict[str, str]:
    """Return the environment of a shell in which `parley` can be found. curl fails for a status of 400 or above."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    (folder / ".venv").symlink_to(sys.prefix)
    path = [str(Path(sys.executable).parent), str(find_redis_server().parent), env["PATH"]]
    return {**env, **stack.env, **SECRETS, "PATH": os.pathsep.join(path), "CURL_HOME": str(folder), "COLUMNS": "200"}


def _checkout(folder: Path) -> Path:
    """Copy the code and the pages."""
    for name in _CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=_NOT_COPIED)
    (folder / "web").mkdir()
    for file in (*ROOT.iterdir(), *(ROOT / "web").glob("package*.json")):
        if file.is_file() and file.name != ".env":
            shutil.copy(file, folder / file.relative_to(ROOT))
    return folder


def _write_files(folder: Path, crm: str) -> None:
    acme = DEMO.read_text() + _MORE_OF_ACME.format(crm=crm)
    starter = ROOT / "docs/examples/flows/lead.yaml"
    result = (ROOT / "devtools/bench/results/pipeline.json").read_text()
    files = {
        "acme.yaml": acme,
        "workspace.yaml": acme,
        "beta.yaml": _BETA,
        "shop.yaml": _shop(),
        "customers.csv": "name,phone,tags\nBo,+2348035559001,vip\n",
        "faq.csv": "question,answer\nWhen do you open?,At nine.\n",
        "new.md": "Sell coasters, and be brief.\n",
        "lead.yaml": starter.read_text(),
        "table.yaml": _FLOW,
        "table.test.yaml": _FLOW_TEST,
        "brochure.pdf": "%PDF-1.4\n",
        "before.json": result,
        "after.json": result,
    }
    for name, text in files.items():
        (folder / name).write_text(text)


def _shop() -> str:
    """Return the workspace file of docs/first-number.md, with numbers that the demo's workspace does not have."""
    blocks, _ = guides.split(ROOT / "docs/first-number.md")
    (text,) = (block.text for block in blocks if block.language == "yaml")
    for old in (
        "+2348031234567",
        "665397593326012",
        "1437200930610622",
        "+14155238886",
        "AC00000000000000000000000000000001",
    ):
        assert old in text
        text = text.replace(old, old[:-2] + "77")
    return text


@contextmanager
def _crm() -> Iterator[str]:
    """Run a receiver of webhooks that answers all with 200; yield its address."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
