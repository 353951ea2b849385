import type { Texts } from "..";

export const commands: Texts["commands"] = {
  search: "Buscar",
  commandBar: "Búsqueda y órdenes",
  commandHint: "Ir a una página, una carpeta o un cliente",
  found: "Clientes",
  recent: "Conversaciones recientes",
  pages: "Páginas",
  actions: "Acciones",
  shortcuts: "Atajos de teclado",
  keysEverywhere: "Listas",
  keysConversation: "En una conversación",
  keys: {
    next: "Conversación siguiente y anterior",
    open: "Abrirla",
    searchHere: "Buscar en la bandeja de entrada",
    commands: "Búsqueda y órdenes",
    help: "Esta ayuda",
    reply: "Escribir una respuesta",
    take: "Tomar la conversación",
    back: "Devolverla al bot",
    close: "Cerrar la conversación",
    find: "Buscar en la conversación",
  },
};
