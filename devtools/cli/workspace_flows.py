"""The flow files that a workspace file names: read, and checked each for itself and all beside each other."""

from dataclasses import dataclass
from pathlib import Path

from devtools.cli.flow_files import known_actions
from devtools.cli.source_file import read_source
from devtools.cli.workspace_file import line_of
from devtools.stack.errors import StackError
from shared.flows import load
from shared.flows.file import Flow
from shared.flows.problems import FlowInvalid
from shared.flows.validate import problems_between
from shared.workspace.config import FlowRef, WorkspaceFile


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow with the text that it was read from."""

    flow: Flow
    text: str

    @property
    def ref(self) -> FlowRef:
        return FlowRef(name=self.flow.name, version=self.flow.version)


def read_flows_of(file: Path, wanted: WorkspaceFile) -> tuple[FlowSource, ...]:
    """The flows of a workspace file, in or below its folder. Raises StackError with all that is wrong."""
    found: list[FlowSource] = []
    wrong: list[str] = []
    for index, name in enumerate(wanted.flows):
        path = file.parent / name
        inside = path.resolve().is_relative_to(file.parent.resolve())
        try:
            if not inside:  # one tenant's file must not read another's, nor the operator's
                raise StackError(f"{name}: lies outside the folder of the workspace file; put it there")
            if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for without end
                raise StackError(f"{name}: is no ordinary file")
            text = read_source(path)
            found.append(FlowSource(load.read(text, str(path)), text))
        except FlowInvalid as error:
            wrong.append(str(error))
        except StackError as error:
            named = "" if inside and path.is_file() else f"{file}:{line_of(file, 'flows', index)}: flows.{index}: "
            wrong.append(f"{named}{error}")
    wrong = wrong or list(map(str, problems_between([source.flow for source in found], known_actions())))
    if wrong:
        raise StackError("\n".join(wrong))
    return tuple(found)
