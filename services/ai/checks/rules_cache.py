"""Caches the rules of workspaces, made once for each revision."""

from services.ai.checks.rules import AnswerRules, rules_of
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache


class RulesCache:
    """Made once per process. instructions: our part of the prompt, which must not be repeated."""

    def __init__(self, instructions: str) -> None:
        self._instructions = instructions
        self._rules = RevisionCache[AnswerRules]()

    def of(self, workspace: Workspace) -> AnswerRules:
        """Return the rules of a workspace."""
        return self._rules.get_or_make(workspace, lambda own: rules_of(own, (self._instructions,)))
