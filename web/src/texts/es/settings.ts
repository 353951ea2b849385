import type { Texts } from "..";

export const settings: Texts["settings"] = {
  navigation: "Ajustes",
  search: "Buscar un ajuste",
  clearSearch: "Borrar la búsqueda",
  found: "Ajustes encontrados",
  nothingFound: (words) => `Ningún ajuste trata de «${words}».`,
  groups: { numbers: "Números y bot", workspace: "Espacio", systems: "Sistemas" },
  pages: {
    channels: "Canales",
    bot: "Bot",
    models: "Modelos y presupuesto",
    hours: "Horario y festivos",
    conversing: "Conversaciones",
    languages: "Idiomas",
    profile: "Negocio",
    replies: "Respuestas guardadas",
    limits: "Límites",
    people: "Personas",
    audit: "Registro",
    webhooks: "Webhooks",
    keys: "Claves de API",
    letters: "Mensajes fallidos",
    status: "Estado del sistema",
  },
  about: {
    channels: "Los números de WhatsApp de este espacio, sus credenciales y si envían.",
    bot: "Cómo responde el bot y cuándo llama a una persona.",
    models: "Qué modelos responden, qué pueden hacer y cuánto pueden costar al día.",
    hours:
      "Cuándo responden personas. Fuera de este horario se dice a quien pide una persona cuándo habrá alguien.",
    conversing:
      "Cuándo termina una conversación, cuándo la recupera el bot y qué se dice en casos especiales.",
    languages: "Los idiomas de tus clientes, el principal primero.",
    replies: "Lo que tu equipo escribe una y otra vez. En la bandeja, / y un atajo lo insertan.",
    profile: "Nombre, lugar, moneda y plantillas del negocio.",
    limits: "Lo que este espacio puede usar en un mes. Por encima responden personas en vez del bot.",
    people: "Quién trabaja aquí, qué puede hacer y qué conversaciones ve.",
    audit: "Quién cambió qué y cuándo. Nadie puede cambiar estas entradas.",
    webhooks: "Llamadas a tus sistemas cuando pasa algo, y llamadas de los proveedores a Parley.",
    keys: "Claves para programas. Son del espacio, no de una persona.",
    letters: "Registros que no se pudieron procesar. No se pierden; repítelos cuando la causa esté resuelta.",
    status: "Qué funciona ahora y qué espera. La página se actualiza sola.",
  },
};

export const settingGroups: Texts["settingGroups"] = {
  answering: "Respuestas",
  handOff: "Llamar a una persona",
  says: "Lo que dice",
  models: "Modelos",
  modelsText: "Precios en dólares por millón de tokens, de entrada y de salida.",
  budget: "Presupuesto",
  tools: "Herramientas",
  times: "Tiempos",
  optOut: "Darse de baja y de alta",
  optOutText:
    "Además de las palabras habituales, como STOP o BAJA, de 46 idiomas. Añade las de otros idiomas de tus clientes.",
  business: "Negocio",
  templates: "Plantillas",
  templatesText:
    "Pasadas 24 horas desde el último mensaje del cliente, WhatsApp solo deja pasar plantillas aprobadas.",
  rules: "Reglas",
  ownLimits: "Límites propios",
  ownLimitsText: "Pueden ser menores que los de la suscripción, no mayores.",
  messages: "mensajes",
  minutes: "minutos",
  automatic: "Aprendida de tus preguntas",
  asTier: "El de la suscripción",
  addWord: "Escribe una palabra y pulsa Intro",
  addLanguage: "es y pulsa Intro",
  noTemplate: "Ninguna",
  parameters: "Valores para el texto de la plantilla",
  parametersText: "En su orden; {text} será el mensaje.",
};

export const settingFields: Texts["settingFields"] = {
  bot: {
    mode: { label: "Quién responde", help: "Un flujo empezado siempre continúa." },
    system_prompt: {
      label: "Lo que el modelo debe saber",
      help: "Tu negocio en pocas frases: qué vendes, dónde, cómo entregas. No repitas aquí las preguntas frecuentes.",
    },
    history: { label: "Mensajes anteriores que ve el modelo", help: "Más cuestan más." },
    debounce_ms: {
      label: "Esperar más mensajes",
      help: "Los clientes escriben varios mensajes cortos; el bot los responde juntos.",
    },
    faq_threshold: {
      label: "Certeza para responder con las preguntas",
      help: "Vacío: aprendida de cómo se distinguen tus preguntas. Más alta: menos respuestas y más seguras.",
    },
    handoff_words: {
      label: "Palabras que llaman a una persona",
      help: "Un mensaje que sea una de ellas va a la cola al momento.",
    },
    handoff_reply: { label: "Lo que se dice al llamar a una persona" },
    no_answer: { label: "Lo que se dice si no se sabe nada", help: "La conversación va a la cola." },
    apology: {
      label: "Lo que se dice si el modelo no puede responder",
      help: "Por ejemplo, porque su servicio no está disponible.",
    },
    link_hosts: {
      label: "Sitios a los que el modelo puede enlazar",
      help: "Vacío: los de tus textos. Los demás enlaces se quitan de sus respuestas.",
    },
  },
  models: {
    fast_model: { label: "Modelo para preguntas fáciles" },
    smart_model: { label: "Modelo para preguntas difíciles" },
    fallback_models: { label: "Si ninguno responde", help: "Se prueban en este orden, como mucho tres." },
    daily_budget_usd: {
      label: "Presupuesto de un día",
      help: "Cuando se gasta, responden preguntas, flujos y personas.",
    },
    customer_budget_share: {
      label: "Parte de un cliente",
      help: "Para que nadie gaste todo el presupuesto.",
    },
    tools: { label: "Lo que pueden usar los modelos" },
  },
  conversing: {
    session_minutes: { label: "Una conversación termina después de", help: "Sin un mensaje del cliente." },
    return_minutes: {
      label: "El bot recupera una conversación después de",
      help: "En tu horario, sin un mensaje de quien la tiene; vuelve a la cola si el cliente espera. 0: nunca.",
    },
    messages_per_minute: { label: "Máximo de mensajes por minuto", help: "De un cliente; 0: sin límite." },
    away: { label: "Fuera del horario", help: "{opens} será la próxima apertura." },
    limited: { label: "A quien escribe demasiado" },
    unsupported: { label: "A lo que no se puede leer", help: "Por ejemplo, un tipo de mensaje nuevo." },
    stop_words: { label: "Más palabras de baja" },
    stopped: { label: "Respuesta a una baja" },
    start_words: { label: "Más palabras de alta" },
    started: { label: "Respuesta a un alta" },
  },
  languages: {
    languages: {
      label: "Idiomas",
      help: "Como códigos: es, en, pt. Los textos incluidos se envían en el idioma del cliente si está en la lista.",
    },
  },
  profile: {
    name: { label: "Nombre del negocio" },
    timezone: {
      label: "Zona horaria",
      help: "Para horario, festivos, difusiones, informes y todas las horas de esta consola.",
    },
    region: { label: "País", help: "Dos letras. Para números escritos sin prefijo de país." },
    currency: { label: "Moneda", help: "Tres letras. Vacío: la del catálogo." },
    window_template: {
      label: "Cuando pasan las 24 horas",
      help: "Se envía en lugar de un mensaje que no puede salir.",
    },
    order_template: { label: "Novedades de un pedido", help: "{{1}} es su número, {{2}} la novedad." },
    qualified_when: {
      label: "Un cliente está cualificado cuando",
      help: "Una condición en el lenguaje de los flujos.",
    },
    in_doubt: {
      label: "Un mensaje que quizá se envió",
      help: "Cuando se perdió la respuesta del proveedor y no llega ningún estado.",
    },
  },
  limits: {
    tier: { label: "Suscripción", help: "La cambia el operador." },
    "limits.messages_per_month": { label: "Mensajes de clientes al mes" },
    "limits.ai_usd_per_month": { label: "Coste de modelos al mes" },
    "limits.customers": { label: "Clientes" },
  },
  hours: {
    hours: { label: "Horario de la semana", help: "En la zona horaria del negocio." },
    holidays: { label: "Festivos", help: "Cerrado todo el día." },
  },
};

export const settingOptions: Texts["settingOptions"] = {
  mode: {
    hybrid: { label: "Preguntas si son seguras; si no, el modelo", text: "Lo habitual: rápido y barato." },
    faq: { label: "Solo preguntas frecuentes", text: "Lo que no saben va a una persona." },
    flow: { label: "Solo flujos", text: "Lo que no inicia ningún flujo va a una persona." },
    ai: { label: "Siempre el modelo", text: "Lo más natural y lo más caro." },
  },
  tools: {
    search_faq: { label: "Buscar en las preguntas" },
    search_catalogue: { label: "Buscar en el catálogo" },
    order_status: { label: "Consultar los pedidos del cliente" },
    propose_cart: {
      label: "Proponer un carrito",
      text: "El cliente lo confirma antes de que sea un pedido.",
    },
    hand_off: { label: "Llamar a una persona" },
  },
  inDoubt: {
    resend: { label: "Enviarlo otra vez, una sola", text: "El cliente puede recibirlo dos veces." },
    hold: { label: "No enviarlo otra vez", text: "Espera entre los mensajes fallidos a que alguien decida." },
  },
};

export const settingHours: Texts["settingHours"] = {
  always: "Siempre abierto",
  alwaysText: "Responden personas a cualquier hora.",
  closed: "Cerrado",
  opens: "abre",
  closes: "cierra",
  addSpan: "Añadir horas",
  asBefore: "Como el día anterior",
  workdays: "El horario del lunes de lunes a viernes",
  remove: "Quitar",
  problems: {
    incomplete: "Rellena las dos horas.",
    backwards: "El final debe ir después del comienzo. Las horas tras medianoche son del día siguiente.",
    overlap: "Estas horas se solapan.",
  },
  holiday: "Día",
  addHoliday: "Añadir este día",
  noHolidays: "Todavía no hay festivos.",
  preview: "Lo que significa",
  mend: "Corrige antes el horario.",
  isOpen: "Abierto",
  isClosed: "Cerrado",
  until: (time) => `Hasta ${time}.`,
  allTime: "No cierra en una semana.",
  next: (time) => `Próxima apertura: ${time}.`,
  never: "No abre en un año.",
  zone: (zone, time) => `${time} en ${zone}`,
  clockChange: (day, minutes, forward) =>
    `El ${day} el reloj se ${forward ? "adelanta" : "atrasa"} ${minutes} minutos; el horario es local, antes y después.`,
  tryAt: "Probar otro momento (tu reloj)",
};
