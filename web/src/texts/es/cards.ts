import type { Texts } from "..";

export const cards: Texts["cards"] = {
  name: "Nombre",
  phone: "Número de teléfono",
  phoneText: "Con + y el prefijo del país, como +34 612 34 56 78",
  badPhone: "No es un número de teléfono con + y el prefijo del país.",
  email: "Correo electrónico",
  organisation: "Organización",
  at: "Coordenadas, o el enlace de un mapa",
  atText: "Primero la latitud, por ejemplo 6.4541, 3.3947",
  badPlace: "No tiene latitud y longitud, como 6.4541, 3.3947.",
  place: "Nombre del lugar",
  address: "Dirección",
  look: "Míralo en un mapa",
};
