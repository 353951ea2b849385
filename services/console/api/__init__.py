"""The resources of the API, one module each. A new one is listed in ROUTERS."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.console.api import service

ROUTERS: Sequence[APIRouter] = (service.router, service.pages)
