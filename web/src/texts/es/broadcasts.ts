import type { Texts } from "..";

export const broadcasts: Texts["broadcasts"] = {
  title: "Envíos",
  name: "Nombre",
  reached: "Alcance",
  createdAt: "Creado",
  recipientStates: {
    pending: "sin enviar",
    queued: "en camino",
    sent: "enviado",
    delivered: "entregado",
    read: "leído",
    failed: "fallido",
    skipped: "no incluido",
    cancelled: "cancelado",
  },
};
