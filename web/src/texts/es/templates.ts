import type { Texts } from "..";

export const templates: Texts["templates"] = {
  title: "Plantillas",
  text: "Mensajes que el proveedor ha aprobado: los únicos que llegan después de 24 horas.",
  sync: "Traer del proveedor",
  synced: "Las plantillas ya son las del proveedor.",
  name: "Nombre",
  language: "Idioma",
  state: "Estado",
  category: "Categoría",
  body: "Texto",
  from: "De",
  quality: "Calidad",
  qualities: {
    high: "calidad alta",
    medium: "calidad media",
    low: "calidad baja",
    new: "aún sin valorar",
  },
  qualityTitle: (name, quality) => `${name}: ${quality}`,
  qualityWarnings: {
    medium:
      "Hay clientes que la han bloqueado o denunciado, o pocos la leen. Si sigue así, el proveedor la pondrá en pausa. Envíala a menos personas, a quienes escribieron hace poco, o mejora su texto.",
    low: "Muchos clientes la han bloqueado o denunciado, o pocos la leen. El proveedor puede ponerla en pausa en cualquier momento, también en medio de una difusión. Es mejor que envíes otra.",
  },
  none: "Todavía no hay plantillas",
  noneText:
    "Créalas en el proveedor y tráelas, o escribe las de otros proveedores en el archivo del espacio.",
  fromFile: "en tu archivo",
  states: {
    yes: "aprobada",
    pending: "en revisión",
    rejected: "rechazada",
    paused: "en pausa",
    disabled: "desactivada",
    parts: "no se puede rellenar aquí",
    other: "no se puede enviar",
  },
  why: {
    pending: "El proveedor aún la revisa. Se puede enviar en cuanto la apruebe.",
    rejected:
      "El proveedor la ha rechazado. Lo habitual: variables al principio, al final o juntas, una categoría que no encaja o un texto que pide datos privados. La página del proveedor dice cuál. Corrígela allí y tráela de nuevo.",
    paused:
      "El proveedor la ha puesto en pausa porque demasiada gente la denunció o bloqueó. Vuelve sola; un texto mejor ayuda.",
    disabled: "El proveedor la ha desactivado para siempre. Crea otra.",
    parts: "Tiene partes, como un carrusel, que no se pueden rellenar aquí.",
    other: "El proveedor no la envía en este momento.",
  },
  rejections: {
    ABUSIVE_CONTENT: "El proveedor la rechazó porque su contenido infringe una regla de WhatsApp.",
    INVALID_FORMAT:
      "El proveedor rechazó su forma: variables al principio o al final, una junto a otra, o sin numerar en orden. Corrígela allí y vuelve a traerla.",
    PROMOTIONAL:
      "El proveedor la rechazó porque hace publicidad en una categoría que no lo permite. Hazla de marketing.",
    TAG_CONTENT_MISMATCH:
      "El proveedor la rechazó porque su texto no corresponde a su categoría o idioma. Elige otros allí.",
    INCORRECT_CATEGORY:
      "El proveedor la rechazó porque su categoría no corresponde a su texto. Elige otra allí.",
    SCAM: "El proveedor la rechazó porque la toma por un fraude.",
  },
  atProvider: "Abrirla en el proveedor",
  categories: (word) =>
    ({ MARKETING: "publicidad", UTILITY: "servicio", AUTHENTICATION: "códigos" })[word] ?? word.toLowerCase(),
  files: { image: "Imagen", video: "Vídeo", document: "Documento", location: "Lugar" },
  fileAbove: (kind) => `${kind} sobre el texto`,
  fileText: "La dirección de un archivo (https), o un archivo de este equipo.",
  chooseFile: "Elegir un archivo",
  removeFile: (name) => `Quitar ${name}`,
  uploading: "Subiendo",
  keptUntil: (day) => `Subido; se puede enviar hasta el ${day}.`,
  wrongType: (endings) => `La plantilla quiere un archivo de otro tipo: ${endings}.`,
  emptyFile: "Este archivo está vacío.",
  tooLarge: (most) => `WhatsApp acepta como máximo ${most}.`,
  notUploaded: "Este archivo no se subió.",
  footer: "(pie de la plantilla)",
  buttons: (kind) =>
    ({
      quick_reply: "Responder",
      url: "Abrir una página",
      phone_number: "Llamar",
      copy_code: "Copiar código",
      otp: "Copiar código",
      flow: "Abrir un formulario",
      catalog: "Ver catálogo",
    })[kind] ?? "Botón",
  value: (name) => `Valor de {{${name}}}`,
  headerValue: "Valor en el encabezado",
  source: (from) => `De ${from}`,
};
