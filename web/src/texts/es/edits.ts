import type { Texts } from "..";

export const edits: Texts["edits"] = {
  review: "Qué cambiaría",
  nothing: "No cambia nada: ya está guardado así.",
  added: "añadido",
  changed: "cambiado",
  removed: "quitado",
  conflict: "Otra persona ha guardado mientras tanto",
  conflictText:
    "No se ha guardado nada tuyo y tu texto sigue en el formulario. Compara los dos, corrige el tuyo si quieres y guarda de nuevo.",
  theirs: "Guardado ahora",
  yours: "Tuyo",
  saveOver: "Guardar lo mío encima",
  takeTheirs: "Quedarme con lo suyo",
  outdated: (values) => `Alguien del equipo cambió esto mientras tanto. Guardado ahora: ${values}`,
  goOn: "Volver al formulario",
  file: "Esto está en el archivo del espacio",
  fileText:
    "Solo se puede cambiar allí. Estas son las líneas como las quieres; cópialas en el archivo y aplícalo.",
  managed: "Está en el archivo del espacio",
  managedText: "Aquí puedes verlo todo. Los cambios muestran las líneas que hay que copiar en el archivo.",
  importCsv: "Importar CSV",
  csvFile: "Archivo CSV (UTF-8)",
  chooseCsv: "Elige un archivo",
  notUtf8: "Este archivo no es UTF-8. Guárdalo como «CSV UTF-8».",
  others: "Lo que no está en el archivo",
  merge: "se queda",
  replace: "se quita",
  look: "Mostrar qué cambiaría",
};
