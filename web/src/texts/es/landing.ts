import type { Texts } from "..";

export const landing: Texts["landing"] = {
  title: "Llevamos tu WhatsApp",
  text: "Una bandeja para todo el equipo. Un bot que responde lo que sabe, flujos que venden y reservan, y una persona para lo demás: ningún mensaje se pierde ni se envía dos veces.",
  signIn: "Entrar",
  register: "Crear una cuenta",
  inbox: "La bandeja: quién espera, quién responde y hasta cuándo se puede escribir libremente",
  phone: "Cada respuesta como la ve el cliente, con botones y listas",
  dashboard: "Qué pasa hoy y qué necesita atención",
  source: "Software libre en tus propias máquinas.",
};
