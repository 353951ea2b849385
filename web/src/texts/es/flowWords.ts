import type { Texts } from "..";

export const flowWords: Texts["flowWords"] = {
  button: "Descríbelo con palabras",
  title: "Descríbelo con palabras",
  words: "¿Qué debe hacer este flujo?",
  wordsText: "Quién escribe, qué se pregunta, adónde lleva cada respuesta y qué pasa si nadie responde.",
  example:
    "Por ejemplo: Un cliente pide una mesa. Pregunta el día y cuántas personas; más de 12 pasan a un compañero. Recuérdaselo una vez a las dos horas.",
  given:
    "El modelo recibe tus palabras, el texto actual de este flujo y los nombres de tus productos, plantillas, preguntas y otros flujos. Ningún cliente. Nada cambia antes de que lo hayas visto.",
  change: "Cambia el flujo que está abierto. Para empezar de nuevo, dilo.",
  tooLong: (most) =>
    `Este flujo tiene más de ${most} caracteres y un modelo no puede cambiarlo. Divídelo antes en subflujos.`,
  write: "Escribirlo",
  writing: "El modelo escribe el flujo. Tarda hasta uno o dos minutos.",
  meanwhile: "Puedes cerrar esto y seguir; estará aquí cuando lo abras otra vez.",
  wrote: (model, cost) => `Escrito por ${model} por ${cost}. Léelo antes de tomarlo.`,
  changedMeanwhile:
    "El borrador cambió desde que preguntaste. Abajo está lo que cambiaría ahora: puede deshacer cambios más nuevos.",
  problems: "Esto aún hay que corregirlo",
  line: (line, where) => `Línea ${line}, ${where}:`,
  same: "El modelo no cambiaría nada.",
  difference: "Qué cambiaría",
  meaning: "Qué cambia",
  text: "En el texto",
  take: "Ponerlo en el borrador",
  taken: "Ya está en el borrador. Deshacer devuelve tu texto.",
  again: "Preguntar otra vez",
  failures: {
    budget:
      "El presupuesto para modelos está gastado por ahora, o lo que queda se guarda para los clientes. Súbelo en los ajustes o prueba mañana.",
    model: "El modelo no respondió. Prueba dentro de un momento, quizá con menos deseos a la vez.",
    forgotten: "Esto ya no se guarda. Pregunta otra vez.",
    fault: "Fue un fallo nuestro. Pregunta otra vez.",
  },
};
