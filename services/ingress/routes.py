"""Finds the provider and the route of a request by its method and path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.messages.inbound import Provider
from shared.providers.adapter import ProviderAdapter
from shared.providers.registry import PROVIDERS
from shared.providers.webhooks import WebhookRoute

PREFIX: Final = "/webhooks/"
_WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class MatchedRoute:
    """A provider's route that matches a path. parameter: the part of the path in the place of `{…}`; empty if the route
    has none.
    """

    provider: Provider
    route: WebhookRoute
    parameter: str = ""


class WebhookRoutes:
    """The routes of all providers. A route without a parameter takes precedence over one with."""

    def __init__(self, adapters: Iterable[ProviderAdapter]) -> None:
        self._exact: dict[tuple[str, str], MatchedRoute] = {}
        self._with_parameter: dict[tuple[str, str], MatchedRoute] = {}  # by the path before the parameter
        self._templates: dict[str, str] = {}
        self._main: dict[str, str] = {}
        for adapter in adapters:
            self._main[adapter.name] = adapter.routes[0].path
            for route in adapter.routes:
                self._add(adapter, route)

    def _add(self, adapter: ProviderAdapter, route: WebhookRoute) -> None:
        if not f"{route.path}/".startswith(f"{PREFIX}{adapter.name}/"):
            raise ValueError(f"{route.path} is not below {PREFIX}{adapter.name}")
        before, brace, _ = route.path.partition("{")
        known = self._with_parameter if brace else self._exact
        if (route.method, before) in known:
            raise ValueError(f"{route.method} {route.path} is there already")
        known[route.method, before] = MatchedRoute(adapter.name, route)
        if brace:
            self._templates[before] = route.path

    @property
    def main_paths(self) -> Mapping[str, str]:
        """The path for customers' messages by provider, for people."""
        return self._main

    def find(self, method: str, path: str) -> MatchedRoute | None:
        """Return the route of a request; None: no provider has one."""
        if (found := self._exact.get((method, path))) is not None:
            return found
        before, parameter = _split(path)
        found = self._with_parameter.get((method, before)) if parameter else None
        return MatchedRoute(found.provider, found.route, parameter) if found else None

    def template_of(self, path: str) -> str:
        """Return the path with its parameter replaced by the parameter's name: logs and traces show no numbers."""
        before, parameter = _split(path)
        return self._templates.get(before, path) if parameter else path

    def workspace_in(self, path: str) -> str | None:
        """Return the workspace that the path names; None if it names none."""
        _, parameter = _split(path)
        return parameter if self.template_of(path).endswith(f"{{{_WORKSPACE}}}") else None


def _split(path: str) -> tuple[str, str]:
    """Return the path up to its last slash, and what follows."""
    before, slash, last = path.rpartition("/")
    return before + slash, last


ROUTES = WebhookRoutes(PROVIDERS.values())
