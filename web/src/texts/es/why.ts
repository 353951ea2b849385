import type { Texts } from "..";

export const why: Texts["why"] = {
  open: "¿Por qué?",
  openFor: (text) => `Por qué este mensaje: ${text}`,
  title: "¿Por qué este mensaje?",
  summary: {
    faq: "Coincidió una de tus preguntas frecuentes, y se envió su respuesta.",
    flow: "Un flujo respondió en uno de sus pasos.",
    ai: "Un modelo de lenguaje escribió esta respuesta.",
    agent: "Una persona escribió este mensaje.",
    system: "Es uno de los textos automáticos de tus ajustes.",
    broadcast: "Es parte de una difusión.",
    customer: "Lo escribió el cliente.",
  },
  decision: "Decisión",
  progress: "Qué pasó",
  attempts: "Intentos de envío",
  accepted: "Recibido por el proveedor",
  failed: "Rechazado",
  cost: (usd, answers) =>
    `Los modelos costaron ${usd} USD en esta conversación (${answers === 1 ? "1 respuesta" : `${answers} respuestas`}).`,
  took: (time) => `${time} desde el mensaje del cliente hasta el último paso.`,
  details: "Todos los pasos con tiempos",
  notYet: "todavía no",
  request: (id) => `Id de correlación ${id}`,
  where: {
    customer: "Cliente",
    ingress: "Recibido",
    router: "Decidido",
    ai: "Modelo",
    delivery: "Envío",
    provider: "Proveedor",
  },
};
