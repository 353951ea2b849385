"""Writes a stored workspace back as a workspace file: applying it changes nothing.

Secrets are not in it: each is the `${NAME}` that the file took it from, or a name made of the workspace, the channel
and the field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from shared.operations.errors import NotFound
from shared.operations.workspaces.secrets import prefix_of
from shared.operations.workspaces.yaml_text import to_yaml
from shared.repositories.flows import Flows
from shared.repositories.workspace_changes import WorkspaceMissing, WorkspaceView
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.workspace.channels import SECRET_FIELDS
from shared.workspace.config import WorkspaceFile
from shared.workspace.file_form import without_flows
from shared.workspace.parts import FIELDS, Part

_SECRETS = frozenset((*SECRET_FIELDS, "secret"))
_OUTSIDE_NAMES = re.compile(r"[^A-Z0-9]")
_ORDER = ("workspace", *FIELDS[Part.PROFILE], *(name for part in Part for name in FIELDS[part]))


@dataclass(frozen=True, slots=True)
class ExportedWorkspace:
    """A workspace as files. text: of the workspace file. flows: sources of the flow files, by path. variables: names in
    the file.
    """

    text: str
    flows: Mapping[str, str]
    variables: tuple[str, ...]


async def export_workspace(mongo: Mongo, editor: WorkspaceEditor, workspace: str) -> ExportedWorkspace:
    """Return a workspace as files. Raises NotFound, DependencyAway."""
    try:
        view = await editor.view(workspace)
    except WorkspaceMissing as error:
        raise NotFound(str(error)) from None
    stored = Flows(mongo, workspace)
    sources = {
        f"flows/{flow['name']}.yaml": await stored.get(flow["name"], flow["version"]) for flow in view.form["flows"]
    }
    flows = {path: source for path, source in sources.items() if source is not None}
    form = {**with_variables(view), "flows": list(flows), "managed_by_file": list(view.owned.file)}
    names = variables_of(view)
    head = f"# Secrets are taken from {', '.join(names.values())}.\n" if names else ""
    return ExportedWorkspace(head + to_yaml(compact(form)), flows, tuple(names.values()))


def variables_of(view: WorkspaceView) -> dict[str, str]:
    """Return the name of the variable of each secret, by its path."""
    return {path: view.owned.variables.get(path) or _variable(view, path) for path in sorted(view.secrets)}


def with_variables(view: WorkspaceView) -> dict[str, Any]:
    """Return the form of a workspace with `${NAME}` for each secret."""
    names = variables_of(view)
    form = dict(view.form)
    for items in ("channels", "webhooks"):
        form[items] = [
            {name: _secret(names, f"{items}[{item['id']}].{name}", value) for name, value in item.items()}
            for item in form[items]
        ]
    return form


def snippet(view: WorkspaceView, form: Mapping[str, Any], parts: tuple[Part, ...]) -> str:
    """Return the lines of a workspace file for some parts. form: of the whole workspace, edited."""
    names = [name for part in parts for name in FIELDS[part]]
    short = compact(with_variables(_with_form(view, form)))
    return to_yaml({name: short[name] for name in names if name in short})


def compact(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form without fields that have their defaults, in the order of a file. One that today's rules refuse is
    returned whole.
    """
    short = dict(form)
    try:
        wanted = WorkspaceFile.model_validate(without_flows(form))
        short = wanted.model_dump(mode="json", exclude_defaults=True)
    except ValidationError:
        short.pop("flows", None)
    if form["flows"]:
        short["flows"] = form["flows"]
    order = dict.fromkeys((*_ORDER, *short))
    return {name: short[name] for name in order if name in short}


def _with_form(view: WorkspaceView, form: Mapping[str, Any]) -> WorkspaceView:
    given = {
        f"{items}[{item.get('id')}].{name}"
        for items in ("channels", "webhooks")
        for item in form[items]
        for name in item
        if name in _SECRETS
    }
    return replace(view, form=dict(form), secrets=view.secrets | given)


def _secret(names: Mapping[str, str], path: str, value: Any) -> Any:
    return f"${{{names[path]}}}" if path in names else value


def _variable(view: WorkspaceView, path: str) -> str:
    """Return a name such as `ACME_MAIN_ACCESS_TOKEN`."""
    _, _, rest = path.partition("[")
    return prefix_of(view.form["workspace"]) + _OUTSIDE_NAMES.sub("_", rest.replace("].", "_").upper())
