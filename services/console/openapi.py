"""The OpenAPI 3.1 document of the API, committed as `docs/openapi.json`.

python -m services.console.openapi   writes it
"""

import json
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from services.console.caller import rights_of
from services.console.problems import MEDIA_TYPE
from services.console.rights import RULES, Right

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
_DESCRIPTION = (
    "Everything that people and programs do with Parley. docs/api.md explains keys, pages, repeats, errors, limits and "
    "live events."
)
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. Every error has this form.",
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "description": "The address of a page that explains it."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "description": "Narrows `type` for programs; not every detail has one."},
        "instance": {"type": "string", "description": "The id of the request, which finds it in logs and traces."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}
_SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key of a workspace: `pk_…`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-parley", "description": "A person who signed in."},
}
_ANSWER = {"description": "Any error", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def as_text(app: FastAPI) -> str:
    """Return the document as it is committed."""
    return json.dumps(document(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _made(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.router.routes)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = _SECURITY_SCHEMES
    for route in app.router.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = made["paths"][route.path_format][method.lower()]
                _complete(operation, next(iter(rights_of(route.dependant))))
                _name_parameters(operation, route.path_format)
    return made


def _name_parameters(operation: dict[str, Any], path: str) -> None:
    """Add the parameters of the path that the route does not take itself, as `workspace`, and keep the path's order."""
    given = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "path"}
    others = [one for one in operation.get("parameters", ()) if one["in"] != "path"]
    names = re.findall(r"{(\w+)}", path)
    missing = {"in": "path", "required": True, "schema": {"type": "string"}}
    parameters = [given.get(name, {"name": name, **missing}) for name in names] + others
    if parameters:
        operation["parameters"] = parameters


def _complete(operation: dict[str, Any], right: Right) -> None:
    """Add the right of an operation and its errors."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = _ANSWER
    rule = RULES[right]
    operation["x-right"] = right.value
    if right is Right.PUBLIC:
        operation["security"] = []
        return
    operation["security"] = [{"session": []}, *([{"key": []}] if rule.scopes else [])]
    if rule.roles:
        operation["x-roles"] = sorted(rule.roles)
    if rule.scopes:
        operation["x-scopes"] = sorted(rule.scopes)


def main() -> None:
    """Write the document."""
    from services.console.app import make_app  # here, because the application serves this module's document

    FILE.write_text(as_text(make_app(None)))


if __name__ == "__main__":
    main()
