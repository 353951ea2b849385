import type { Texts } from "..";

export const replies: Texts["replies"] = {
  add: "Nueva respuesta",
  change: "Cambiar",
  shortcut: "Atajo",
  shortcutText: "Se escribe tras / en la bandeja, por ejemplo hola.",
  shortcutWrong: "Sin espacios ni /.",
  text: "Texto",
  textText: "{{ customer.name }} se convierte en el nombre del cliente.",
  labels: "Etiquetas",
  labelsText: "La conversación las recibe con la respuesta.",
  at: "Cambiada",
  remove: "Quitar",
  removeTitle: "¿Quitar esta respuesta?",
  removeText: (shortcut) => `/${shortcut} ya no se ofrecerá. Los mensajes enviados se quedan.`,
  none: "Aún no hay respuestas guardadas",
  noneText: "Guarda lo que escribes una y otra vez; en la bandeja, / y unas letras lo insertan.",
};
