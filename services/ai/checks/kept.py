"""The rules of workspaces, made once for each of their revisions."""

from services.ai.checks.rules import Rules, rules_of
from shared.workspace import Workspace


class RulesKept:
    """Of one process. instructions: what the model gets besides the business's own prompt; not to be repeated."""

    def __init__(self, instructions: str) -> None:
        self._instructions = instructions
        self._rules: dict[str, tuple[Workspace, Rules]] = {}

    def of(self, workspace: Workspace) -> Rules:
        """The workspace's rules."""
        built_from, rules = self._rules.get(workspace.workspace, (None, None))
        if rules is None or built_from is not workspace:
            rules = rules_of(workspace, (self._instructions,))
            self._rules[workspace.workspace] = (workspace, rules)
        return rules
