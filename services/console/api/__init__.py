"""The resources of the API, one module each. A new one is listed in ROUTERS."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.console.api import (
    api_keys,
    audit,
    auth,
    canned,
    conversations,
    customers,
    invitations,
    joining,
    me,
    members,
    messages,
    orders,
    own_things,
    search,
    service,
    views,
)

ROUTERS: Sequence[APIRouter] = (
    service.router,
    service.pages,
    conversations.router,
    own_things.router,
    messages.router,
    customers.router,
    orders.router,
    search.router,
    search.labels,
    canned.router,
    views.router,
    auth.router,
    joining.router,
    me.router,
    members.router,
    members.rules_router,
    invitations.router,
    api_keys.router,
    audit.router,
)
