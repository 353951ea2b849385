import type { Texts } from "..";

export const flowCode: Texts["flowCode"] = {
  label: "Texto del flujo (YAML)",
  lineProblem: (line, message) => `Línea ${line}: ${message}`,
  stale: "La imagen muestra el último texto que se pudo leer.",
  search: {
    Find: "Buscar",
    Replace: "Reemplazar",
    next: "siguiente",
    previous: "anterior",
    all: "todos",
    "match case": "mayúsculas",
    regexp: "expresión regular",
    "by word": "palabra entera",
    replace: "reemplazar",
    "replace all": "reemplazar todos",
    close: "cerrar",
  },
};
