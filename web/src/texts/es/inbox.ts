import type { Texts } from "..";

export const inbox: Texts["inbox"] = {
  title: "Bandeja",
  folders: "Carpetas",
  mine: "Mías",
  unassigned: "Sin respuesta",
  waiting: "En espera",
  people: "De personas",
  bot: "Del bot",
  closed: "Cerradas",
  all: "Todas",
  empty: "No hay conversaciones",
  emptyText: "Los mensajes nuevos de los clientes aparecen solos.",
  choose: "Elige una conversación",
  write: "Escribe una respuesta",
  send: "Enviar",
};
