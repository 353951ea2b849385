import type { Texts } from "..";

export const common: Texts["common"] = {
  loading: "Cargando…",
  tryAgain: "Reintentar",
  save: "Guardar",
  cancel: "Cancelar",
  close: "Cerrar",
  copy: "Copiar",
  copied: "Copiado",
  more: "Más",
  loadMore: "Cargar más",
  failed: "No ha funcionado",
  offline: "No se puede conectar con la consola. Se reintenta automáticamente.",
  away: (what) => `Ahora mismo no se puede conectar con ${what}. No se pierde nada; inténtalo en un momento.`,
  notFound: "Esto no existe o no tienes permiso para verlo.",
  notAllowed: "Tu rol no permite esto. Un propietario o administrador del espacio puede cambiarlo.",
  request: (id) => `Solicitud ${id}`,
  notBuilt: "Esta página todavía no existe.",
};
