"""Finds products by words. Made once for each revision of a workspace. Pure."""

from decimal import Decimal
from heapq import nlargest
from math import log

from shared.faq.tokenizer import stem, tokenize
from shared.faq.vocabulary import Vocabulary
from shared.workspace.config import Product

_NAME, _SKU, _DESCRIPTION = 3.0, 3.0, 1.0
_MOST_WORDS = 30


class CatalogueIndex:
    """The index of one workspace's catalogue."""

    def __init__(self, products: tuple[Product, ...]) -> None:
        self._products = products
        self._by_sku = {product.sku.casefold(): product for product in products}
        self._postings: dict[str, dict[int, float]] = {}
        for number, product in enumerate(products):
            for weight, text in (
                (_DESCRIPTION, product.description),
                (_SKU, product.sku),
                (_NAME, product.name),
            ):
                for word in set(map(stem, tokenize(text))):
                    self._postings.setdefault(word, {})[number] = weight
        self._vocabulary = Vocabulary(self._postings)

    def by_sku(self, sku: str) -> Product | None:
        """Return the product of a SKU; upper and lower case are equal."""
        return self._by_sku.get(sku.strip().casefold())

    def find(self, query: str, limit: int, max_price: Decimal | None = None) -> list[Product]:
        """Return the products that match a query best, best first; those without any common word are left out."""
        exact = self.by_sku(query)
        scores: dict[int, float] = {}
        for word in dict.fromkeys(tokenize(query)[:_MOST_WORDS]):
            for root, how in self._vocabulary.matches(word).items():
                found = self._postings[root]
                rarity = log((1 + len(self._products)) / (1 + len(found))) + 1
                for number, weight in found.items():
                    scores[number] = scores.get(number, 0.0) + weight * rarity * how
        cheap = [number for number in scores if not max_price or self._products[number].price <= max_price]
        best = nlargest(limit, cheap, key=lambda number: (scores[number], -number))
        ranked = [self._products[number] for number in best]
        return [exact, *(product for product in ranked if product is not exact)][:limit] if exact else ranked
