import type { Texts } from "..";

export const find: Texts["find"] = {
  label: "Buscar en esta conversación",
  older: "El anterior",
  newer: "El siguiente",
  close: "Terminar la búsqueda",
  nothing: "No se encontró nada",
  place: (number, count) => `${number} de ${count}`,
  compared: (count) => `solo en los ${count} más recientes`,
};
