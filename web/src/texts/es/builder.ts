import type { Texts } from "..";

export const builder: Texts["builder"] = {
  canvas: "Lienzo",
  outline: "Esquema",
  view: "Cómo se muestra el flujo",
  code: "Texto del flujo",
  right: "Paso, probar, pruebas",
  step: "Paso",
  tryIt: "Probar",
  tests: "Pruebas",
  undo: "Deshacer",
  redo: "Rehacer",
  draftSaved: "Borrador guardado",
  asPublished: "Como está publicado",
  saving: "Guardando…",
  offline: (count) =>
    count === 1 ? "Sin guardar: 1 cambio queda aquí" : `Sin guardar: ${count} cambios quedan aquí`,
  sendNow: "Intentar ahora",
  refused: "Sin cambios",
  refusedText: "Este cambio no se hizo",
  understood: "De acuerdo",
  line: (line) => `Línea ${line} del texto`,
  conflictTitle: "Otra persona cambió este flujo",
  conflictText:
    "Mientras editabas, otra persona guardó este borrador. No se sobrescribió nada. ¿Qué texto debe valer?",
  takeTheirs: "Tomar el suyo",
  takeMine: "Tomar el mío",
};
