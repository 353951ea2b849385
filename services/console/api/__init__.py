"""The resources of the API, one module each. A new one is listed in ROUTERS."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.console.api import (
    canned,
    conversations,
    customers,
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
)
