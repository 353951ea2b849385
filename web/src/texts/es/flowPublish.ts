import type { Texts } from "..";

export const flowPublish: Texts["flowPublish"] = {
  publish: "Publicar",
  versions: "Versiones",
  copy: "Copiar el archivo",
  download: "Descargar el archivo",
  patch: "Descargar como parche",
  title: (flow) => `Publicar ${flow}`,
  published: (flow) => `${flow} está publicado. Las conversaciones nuevas empiezan con él.`,
  notSaved: "Tus últimos cambios aún no están guardados. La publicación los espera.",
  first: "Este flujo se publica por primera vez.",
  text: "En el texto",
  problems: "Corrige esto primero",
  noTests: "Este flujo no tiene pruebas.",
  testsPass: (count) => (count === 1 ? "Su prueba pasa." : `Pasan las ${count} pruebas.`),
  testsFail: (failed, all) => `Fallan ${failed} de ${all} pruebas`,
  skip: "Publicar aunque fallen pruebas",
  warnings: "Conviene saberlo antes",
  note: "¿Qué cambiaste?",
  noteText: "Para quienes miren después las versiones",
  noneRunning: "Ahora no hay ninguna conversación en este flujo.",
  finishWith: (count, number, at, published) =>
    `${count} ${number === 1 ? "conversación termina" : "conversaciones terminan"} con la versión ${published ? "actual, " : ""}del ${at}.`,
  newBegin: "Las que empiecen desde ahora reciben la nueva.",
  byFile: "Los flujos están en el archivo del espacio",
  byFileText: "Se publica al aplicar el archivo. Lleva el borrador a su carpeta y después aplícalo:",
};
