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
  searchCut: "Hay más coincidencias de las que se compararon con lo que puedes ver. Escribe algo más.",
  noneOfThese: "Ninguno de los primeros es visible para ti.",
  loadMore: "Cargar más",
  failed: "No ha funcionado",
  offline: "No se puede conectar con la consola. Se reintenta automáticamente.",
  away: (what) => `Ahora mismo no se puede conectar con ${what}. No se pierde nada; inténtalo en un momento.`,
  notFound: "Esto no existe o no tienes permiso para verlo.",
  notAllowed: "Tu rol no permite esto. Un propietario o administrador del espacio puede cambiarlo.",
  closed: "Esta página no está abierta para ti",
  closedText:
    "Es de otro rol, o de miembros que ven todas las conversaciones. Un propietario o administrador del espacio puede cambiarlo.",
  tooMany: (seconds) =>
    seconds > 0
      ? `Demasiadas solicitudes. Inténtalo de nuevo en ${seconds} s.`
      : "Demasiadas solicitudes. Inténtalo de nuevo en un momento.",
  changedMeanwhile: "Alguien lo ha cambiado mientras tanto. Míralo otra vez y decide de nuevo.",
  notDecided: "Aún no está decidido. Está en cola y sigue automáticamente.",
  internal: "Es un fallo nuestro. Comunica el número de la solicitud.",
  request: (id) => `Solicitud ${id}`,
  columns: "Columnas",
  select: (name) => `Seleccionar ${name}`,
  selectAll: "Seleccionar todas las filas",
  proofTitle: "¿Sigues siendo tú?",
  proofText: "Esto es delicado: confirma que eres tú. Vale durante diez minutos.",
  proofCode: "Código de tu aplicación de autenticación",
  proofPassword: "Tu contraseña",
  proofGo: "Confirmar",
};
