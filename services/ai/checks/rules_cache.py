"""The rules of workspaces, made once for each of their revisions."""

from services.ai.checks.rules import AnswerRules, rules_of
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache


class RulesCache:
    """Of one process. instructions: what the model gets besides the business's own prompt; not to be repeated."""

    def __init__(self, instructions: str) -> None:
        self._instructions = instructions
        self._rules = RevisionCache[AnswerRules]()

    def of(self, workspace: Workspace) -> AnswerRules:
        """The workspace's rules."""
        return self._rules.of(workspace, lambda own: rules_of(own, (self._instructions,)))
