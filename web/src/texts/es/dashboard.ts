import type { Texts } from "..";

export const dashboard: Texts["dashboard"] = {
  title: "Resumen",
  waiting: "Esperan ahora",
  toInbox: "Abrir en la bandeja",
  nobodyWaits: "Nadie espera a una persona.",
  waits: (time: string) => `espera ${time}`,
  unnamed: "Cliente sin nombre",
  next: "Qué hacer ahora",
  nothingNext: "Nada necesita atención.",
  noChannel: "Conecta tu primer número",
  silent: (address: string) => `Aún no ha llegado nada para ${address}: termina de configurarlo`,
  stopped: (address: string, held: string) => `${address} no envía; mensajes en espera: ${held}`,
  paused: (name: string) => `La difusión «${name}» está en pausa`,
  rejected: (count: number) =>
    count === 1 ? "Se rechazó una plantilla" : `Se rechazaron ${count} plantillas`,
  unanswered: (count: number) =>
    count === 1
      ? "Una pregunta no tiene respuesta en las FAQ"
      : `${count} preguntas no tienen respuesta en las FAQ`,
  today: "Hoy, y el mismo día de la semana pasada hasta esta hora",
  conversations: "Conversaciones",
  answersOf: {
    faq: "Respuestas de las FAQ",
    flow: "Mensajes de flujos",
    ai: "Respuestas de modelos",
    agent: "Mensajes de personas",
  },
  newCustomers: "Clientes nuevos",
  firstAnswer: "Primera respuesta de personas, mediana",
  within: (time: string) => `en ${time}`,
  nineOfTen: (time: string) => `nueve de diez ${time}`,
  noneYet: "hoy aún ninguna",
  moreThan: (time: string) => `más de ${time}`,
  failed: "No entregados",
  spent: "Gastado en modelos",
  ofBudget: (amount: string) => `de ${amount} al día`,
  orders: "Pedidos",
  lastWeek: (value: string) => `${value} la semana pasada`,
  channels: "Canales",
  stopsSince: (when: string, reason: string) => `parado ${when}: ${reason}`,
  lastWebhook: (when: string) => `último webhook ${when}`,
  noWebhook: "aún sin webhooks",
};
