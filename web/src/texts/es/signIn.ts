import type { Texts } from "..";

export const signIn: Texts["signIn"] = {
  title: "Entrar en Parley",
  email: "Correo electrónico",
  password: "Contraseña",
  submit: "Entrar",
  forgot: "¿Has olvidado la contraseña?",
  refused: "El correo o la contraseña no son correctos.",
  tooMany: "Demasiados intentos. Espera un momento y vuelve a probar.",
  codeTitle: "Segundo factor",
  code: "Código de tu aplicación de autenticación o un código de recuperación",
};
