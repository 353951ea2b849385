/** The actions of the shop that steps can call (docs/flows.md). */
export const ACTIONS = [
  "shop.menu",
  "shop.catalog",
  "shop.product",
  "shop.add",
  "shop.remove",
  "shop.clear",
  "shop.cart",
  "shop.place_order",
  "shop.orders",
  "shop.help",
];

/** The outcomes of the actions besides the usual one. */
export const OUTCOMES: Record<string, readonly string[]> = {
  "shop.menu": ["empty"],
  "shop.catalog": ["empty"],
  "shop.product": ["unknown"],
  "shop.add": ["partly", "unknown", "refused", "empty"],
  "shop.remove": ["unknown", "refused", "empty"],
  "shop.clear": ["empty"],
  "shop.cart": ["empty"],
  "shop.place_order": ["empty", "changed"],
  "shop.orders": ["empty"],
};
