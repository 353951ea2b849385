import type { Texts } from "..";

export const signIn: Texts["signIn"] = {
  title: "Entrar en Parley",
  email: "Correo electrónico",
  password: "Contraseña",
  submit: "Entrar",
  forgot: "¿Olvidó su contraseña?",
  noAccount: "¿Es nuevo aquí?",
  register: "Crear una cuenta",
  refused: "El correo o la contraseña no es correcto.",
  codeRefused: "Este código no es correcto o ya se usó.",
  tooMany: (seconds: number) =>
    seconds > 0
      ? `Demasiados intentos. Pruebe de nuevo en ${seconds} segundos.`
      : "Demasiados intentos. Espere un momento y pruebe de nuevo.",
  codeTitle: "Segundo factor",
  code: "Código de su aplicación de autenticación",
  codeText: "Seis cifras. También vale un código de recuperación, una sola vez.",
  startOver: "Usar otra cuenta",
  newPassword: "Contraseña nueva",
  newPasswordText: "Al menos 12 caracteres. Lo mejor son varias palabras que solo usted juntaría.",
  name: "Su nombre",
  nameText: "Sus compañeros lo ven junto a sus respuestas.",
  back: "Volver a entrar",

  forgotTitle: "Poner una contraseña nueva",
  forgotText: "Díganos su correo. Si tiene una cuenta, enviamos un enlace para poner una contraseña nueva.",
  sendLink: "Enviar el enlace",
  linkSent: "Mire su correo",
  linkSentText: (email: string) =>
    `Si ${email} tiene una cuenta, hay un enlace en camino. Funciona una vez, durante 30 minutos. ¿No llega? Mire el correo no deseado o pregunte a un propietario de su espacio.`,
  resetTitle: "Elija una contraseña nueva",
  resetSubmit: "Poner la contraseña",
  resetDone: "La contraseña está puesta",
  resetDoneText: "Se cerró la sesión en todos los dispositivos. Entre con la contraseña nueva.",

  linkUnusable: "Este enlace ya no se puede usar",
  linkUnusableText: "Ya se usó o ha caducado.",
  linkMissingText: "La dirección no está completa. Abra el enlace entero del mensaje.",
  askAgain: "Pedir otro enlace",

  invitationTitle: (workspace: string) => `Unirse a ${workspace}`,
  invitationText: (workspace: string, role: string) => `Le invitan a ${workspace} en Parley como ${role}.`,
  invitationUnusable: "Esta invitación ya no se puede usar",
  invitationUnusableText: "Ya se usó, se retiró o ha caducado. Pida otra a quien le invitó.",
  roles: { owner: "propietario", admin: "administrador", agent: "agente", viewer: "lector" },
  join: "Unirse",
  joinAs: (email: string) => `Unirse como ${email}`,
  makeAccount: "Cree su cuenta",
  haveAccount: "Ya tengo una cuenta",
  noAccountYet: "Aún no tengo cuenta",
  signInToJoin: (email: string) => `Entre como ${email} para aceptar la invitación.`,
  signInToJoinAny: "Entre para aceptar la invitación.",
  otherPerson: (email: string) => `Ha entrado como ${email}. La invitación es para otra dirección.`,

  registerTitle: "Crear una cuenta",
  registerText: "Le enviamos un enlace que confirma su correo. Después tendrá su propio espacio de trabajo.",
  registerSent: (email: string) => `Un enlace va camino de ${email}. Funciona una vez, durante 24 horas.`,
  confirmTitle: "Terminar el registro",
  workspaceName: "Nombre de su espacio",
  workspaceText: "Minúsculas, cifras y guiones, como «acme». No se puede cambiar.",
  confirmSubmit: "Crear cuenta y espacio",

  notYou: (name: string) => `¿No es ${name}? Salir de esta página`,
  entering: "Entrando…",
  enterFailed: "Este enlace ya se usó",
  enterFailedText:
    "Funciona una vez. Entre con la dirección y la contraseña que mostró `make run` junto a él.",
};
