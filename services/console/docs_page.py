"""HTML pages without scripts that load nothing: the documentation of the API, and one page per problem."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import Response

from services.console.problems import PROBLEMS, TYPE_PREFIX

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1e21 }
code { font-family: ui-monospace, monospace; font-size: .92em }
summary { cursor: pointer; padding: .2rem 0 } details > div { margin: 0 0 1rem 1.2rem }
h2 { margin-top: 2rem; border-bottom: 1px solid #ddd }
td, th { text-align: left; vertical-align: top; padding-right: 1rem }
.m { display: inline-block; width: 4.5rem; font-weight: 600 }
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_CSP = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page_response(html: str) -> Response:
    """Return the answer with a page."""
    return Response(html, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP})


def docs_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    operations: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            operations.setdefault(tag, []).append(_operation(method, path, operation))
    parts = [f"<h2>{escape(tag)}</h2>{''.join(found)}" for tag, found in operations.items()]
    about = (
        f"<p>{escape(document['info']['description'])}</p>"
        '<p>The same as a document for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>'
    )
    return _page(f"Parley API {document['info']['version']}", about + "".join(parts) + _problems())


def problem_page(name: str) -> str:
    """Return the page of a problem."""
    kind = PROBLEMS[name]
    return _page(
        kind.title,
        f"<p>Problem <code>{escape(name)}</code>, usually with status {kind.status}.</p><p>{_text(kind.meaning)}</p>",
    )


def not_built_page() -> str:
    """Return the page at the console's address where its pages were not built; the API works without them."""
    accept = (
        "curl -X POST ADDRESS/api/v1/auth/accept-invitation -H 'Content-Type: application/json' -H 'X-Parley: 1' "
        '-H \'Origin: ADDRESS\' -c cookies -d \'{"token": "TOKEN", "email": "you@example.com", '
        '"name": "You", "password": "…"}\''
    )
    return _page(
        "Parley",
        "<p>The console's pages were not built: <code>make web</code> builds them, with Node 20 and npm's packages; "
        "then start the console again. Its API answers here.</p>"
        '<ul><li><a href="/api/v1/docs">Documentation of the API</a></li>'
        '<li><a href="/api/v1/health">State of this process</a></li></ul>'
        "<p>To accept an invitation without pages, take its token, which is behind the <code>#</code> of the link, and "
        "this page's address, and leave out <code>email</code> if the invitation was sent to one:</p>"
        f"<p><code>{escape(accept)}</code></p>",
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in operation.get("parameters", ()))
    table = f"<table>{rows}</table>" if rows else ""
    return (
        f'<details><summary><span class="m">{method.upper()}</span><code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary><div><p>{_text(operation.get('description', ''))}</p>"
        f"<p>{_allowed(operation)}</p>{table}{_body(operation)}</div></details>"
    )


def _allowed(operation: dict[str, Any]) -> str:
    who = [*operation.get("x-roles", ()), *(f"key with {scope}" for scope in operation.get("x-scopes", ()))]
    return escape("For: " + ", ".join(who) if who else f"Right: {operation.get('x-right', '')}")


def _parameter(parameter: dict[str, Any]) -> str:
    needed = "required" if parameter.get("required") else ""
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{parameter['in']}</td><td>{needed}</td>"
        f"<td>{_text(parameter.get('description', ''))}</td></tr>"
    )


def _body(operation: dict[str, Any]) -> str:
    contents = operation.get("requestBody", {}).get("content", {})
    names = [str(content["schema"].get("$ref", "")).rpartition("/")[2] for content in contents.values()]
    return "".join(f"<p>Body: <code>{escape(name)}</code></p>" for name in names if name)


def _problems() -> str:
    rows = "".join(
        f'<tr><td><a href="/problems/{name}"><code>{name}</code></a></td><td>{kind.status}</td>'
        f"<td>{escape(kind.title)}</td></tr>"
        for name, kind in PROBLEMS.items()
    )
    return f"<h2>Problems</h2><p>Their <code>type</code> begins with {TYPE_PREFIX}</p><table>{rows}</table>"


def _text(text: str) -> str:
    """Return text as HTML; words between backticks as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{content}</body></html>"
    )
