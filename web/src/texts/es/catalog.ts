import type { Texts } from "..";

export const catalog: Texts["catalog"] = {
  title: "Catálogo",
  text: "Lo que los clientes pueden pedir en una conversación.",
  add: "Producto nuevo",
  edit: "Producto",
  remove: "Quitar",
  review: "Revisar y guardar",
  name: "Nombre",
  sku: "SKU",
  skuText: "Tu número; después no se puede cambiar.",
  price: "Precio",
  priceText: "Un número como 4.50",
  currency: "Moneda",
  currencyText: "Tres letras, como USD",
  description: "Descripción",
  none: "Todavía no hay productos",
  noneText: "Añade productos o importa un CSV con las columnas sku, name, price, currency, description.",
  preview: "Como lo reciben los clientes",
  before: "Página anterior",
  next: "Página siguiente",
};
