"""Reads the flow files that a workspace file names, and checks each alone and all together."""

from dataclasses import dataclass
from pathlib import Path

from shared.flows import load
from shared.flows.flow import Flow
from shared.flows.validation.problem import FlowInvalid
from shared.flows.validation.workspace_checks import check_flows
from shared.operations.errors import FileInvalid
from shared.operations.flows.files import known_actions
from shared.operations.workspaces.file import line_of
from shared.operations.workspaces.source_file import read_source
from shared.workspace.config import FlowRef, WorkspaceFile


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow with its source text."""

    flow: Flow
    text: str

    @property
    def ref(self) -> FlowRef:
        """The name and version that the workspace stores."""
        return FlowRef(name=self.flow.name, version=self.flow.version)


def read_flows_of(file: Path, wanted: WorkspaceFile) -> tuple[FlowSource, ...]:
    """Return the flows of a workspace file, from its folder or below. Raises FileInvalid with all mistakes."""
    found: list[FlowSource] = []
    wrong: list[str] = []
    for index, name in enumerate(wanted.flows):
        path = file.parent / name
        inside = path.resolve().is_relative_to(file.parent.resolve())
        try:
            if not inside:  # one tenant's file must not read another's, nor the operator's
                raise FileInvalid(f"{name}: lies outside the folder of the workspace file; put it there")
            if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for without end
                raise FileInvalid(f"{name}: is no ordinary file")
            text = read_source(path)
            found.append(FlowSource(load.read_flow(text, str(path)), text))
        except FlowInvalid as error:
            wrong.append(str(error))
        except FileInvalid as error:
            named = "" if inside and path.is_file() else f"{file}:{line_of(file, 'flows', index)}: flows.{index}: "
            wrong.append(f"{named}{error}")
    wrong = wrong or list(map(str, check_flows([source.flow for source in found], known_actions())))
    if wrong:
        raise FileInvalid("\n".join(wrong))
    return tuple(found)
