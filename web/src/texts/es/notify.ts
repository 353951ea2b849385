import type { Texts } from "..";

export const notify: Texts["notify"] = {
  title: "Avisos",
  text: "Valen en todos tus espacios de trabajo; el sonido y el escritorio son los de este navegador.",
  about: "Avisarme de mensajes nuevos",
  abouts: {
    mine: "En mis conversaciones",
    waiting: "En mis conversaciones y en las que nadie ha tomado todavía",
    all: "En todas las conversaciones, también las del bot",
    off: "Nunca",
  },
  sound: "Reproducir un sonido",
  play: "Probar el sonido",
  desktop: "Mostrar un aviso en el escritorio",
  quietFrom: "Silencio desde",
  quietTo: "Silencio hasta",
  soundBlocked:
    "El navegador bloquea el sonido de esta página hasta que hagas clic en ella o lo permitas en los ajustes del sitio.",
  desktopBlocked:
    "El navegador bloquea los avisos de esta página. Permítelos en los ajustes del sitio, junto a la dirección.",
};
