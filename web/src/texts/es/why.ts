import type { Texts } from "..";

const decisions: Record<string, string> = {
  faq: "una respuesta de las FAQ",
  flow: "un flujo",
  ai: "debe responder el modelo",
  shop: "la tienda",
  greeted: "saludo",
  handed_off: "pasado a personas",
  no_answer: "nada encaja, pasado a personas",
  human: "una persona tiene la conversación",
  limited: "demasiados mensajes",
  opted_out: "se dio de baja",
  opted_in: "se dio de alta",
  ignored: "sin respuesta necesaria",
};
const authors: Record<string, string> = {
  faq: "las FAQ",
  flow: "un flujo",
  ai: "el modelo",
  agent: "una persona",
  system: "Parley",
  broadcast: "una difusión",
};
const statuses: Record<string, string> = {
  sent: "Enviado",
  delivered: "Entregado",
  read: "Leído",
  failed: "Fallido",
  unknown: "Desconocido",
};

export const why: Texts["why"] = {
  open: "¿Por qué?",
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
  noAnswer: "Sin respuesta: no se sabe si se envió",
  cost: (usd, answers) =>
    `Los modelos costaron ${usd} USD en esta conversación (${answers === 1 ? "1 respuesta" : `${answers} respuestas`}).`,
  took: (time) => `${time} desde el mensaje del cliente hasta el último paso.`,
  details: "Todos los pasos con tiempos",
  notYet: "todavía no",
  request: (id) => `Id de correlación ${id}`,
  steps: {
    wrote: ({ kind = "", characters, provider = "" }) =>
      `Escribió ${characters ? `un texto de ${characters} caracteres` : kind} (hora de ${provider})`,
    received: ({ provider = "" }) => `Recibido de ${provider} y guardado`,
    decided: ({ turn = "", decision = "", note }) =>
      `Turno ${turn}: ${decisions[decision.split(":")[0] ?? ""] ?? decision}${note ? ` (${note})` : ""}`,
    asked_ai: ({ until }) =>
      until
        ? `Se preguntó al modelo, no antes de las ${until}: el cliente quizá siga escribiendo`
        : "Se pidió una respuesta al modelo",
    took_request: () => "El servicio del modelo tomó la petición",
    chose_model: ({ model = "", reasons = "", other, usd = "" }) =>
      `Eligió ${model}: ${reasons}${other ? `; ${other} habría costado ${usd} USD` : ""}`,
    tool: ({ name = "", outcome = "", ms = "" }) => `Herramienta ${name}: ${outcome}, ${ms} ms`,
    ai_done: ({
      outcome = "",
      model = "",
      calls = "",
      tokens_in = "",
      tokens_out = "",
      cached,
      usd,
      seconds = "",
      error,
    }) =>
      `${outcome === "answered" || outcome === "faq" ? "Respondió" : outcome}: ${model}, llamadas: ${calls}, tokens: ${tokens_in} de entrada${cached ? ` (${cached} en caché)` : ""}, ${tokens_out} de salida${usd ? `, ${usd} USD` : ""}, ${seconds} s${error ? `; ${error}` : ""}`,
    summary: ({ outcome = "", made = "" }) =>
      `${outcome === "summary" ? "Resumió la conversación" : "No pudo resumir la conversación"}: ${made}`,
    made: ({ number, author = "" }) =>
      `Mensaje ${number ?? ""} hecho por ${authors[author] ?? author}`.replace("  ", " "),
    claimed: ({ number }) => `El mensaje ${number ?? ""} se está enviando`.replace("  ", " "),
    template_instead: ({ template = "" }) =>
      `La ventana de 24 horas está cerrada: va la plantilla ${template} en su lugar`,
    accepted: ({ number, provider = "", attempt }) =>
      `${provider} aceptó el mensaje ${number ?? ""}${attempt ? ` en el intento ${attempt}` : ""}`.trim(),
    attempt_failed: ({ attempt = "", error = "" }) => `El intento ${attempt} falló: ${error}`,
    given_up: ({ attempt = "", error = "" }) => `El intento ${attempt} falló: ${error}. Era el último`,
    maybe_duplicate: () => "No se sabía si se había enviado y se envió de nuevo: quizá llegó dos veces",
    settled: ({ provider = "" }) => `${provider} no respondió, pero un informe confirma que se envió`,
    status: ({ status = "", provider = "", error }) =>
      `${statuses[status] ?? status}, según ${provider}${error ? `: ${error}` : ""}`,
    no_answer_yet: () => "El proveedor aún no ha respondido; sin informe se decide al cabo de un rato",
    held: ({ error = "" }) => `Está retenido porque su canal está parado: ${error}`,
    waits: ({ until }) => `Espera su próximo intento${until ? `, no antes de las ${until}` : ""}`,
    ai_pending: () => "El modelo aún no ha respondido",
    delivery_pending: () => "Aún no se ha tomado para enviarlo",
  },
  where: {
    customer: "Cliente",
    ingress: "Recibido",
    router: "Decidido",
    ai: "Modelo",
    delivery: "Envío",
    provider: "Proveedor",
  },
};
