"""Finds products of a workspace's catalogue by SKU. Pure."""

from shared.workspace.config import Product, Workspace


def by_sku(workspace: Workspace, sku: str) -> Product | None:
    """Return the product of exactly that SKU."""
    return next((product for product in workspace.catalog if product.sku == sku), None)


def by_foreign_sku(workspace: Workspace, sku: str) -> Product | None:
    """Return the product of an SKU from another catalogue, whose capitals may differ; an exact match goes first."""
    wanted = sku.strip().casefold()
    exact = by_sku(workspace, sku) if sku else None
    return exact or next(
        (product for product in workspace.catalog if wanted and product.sku.casefold() == wanted), None
    )
