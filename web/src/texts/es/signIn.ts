import type { Texts } from "..";

export const signIn: Texts["signIn"] = {
  title: "Entrar en Parley",
  email: "Correo electrónico",
  password: "Contraseña",
  submit: "Entrar",
  forgot: "¿Olvidaste tu contraseña?",
  register: "Crear una cuenta",
  refused: "El correo o la contraseña no es correcto.",
  codeRefused: "Este código no es correcto o ya se usó.",
  tooMany: (seconds: number) =>
    seconds > 0
      ? `Demasiados intentos. Prueba de nuevo en ${seconds} ${seconds === 1 ? "segundo" : "segundos"}.`
      : "Demasiados intentos. Espera un momento y prueba de nuevo.",
  code: "Código de tu aplicación de autenticación",
  codeText: "Seis cifras. También vale un código de recuperación, una sola vez.",
  startOver: "Usar otra cuenta",
  newPassword: "Contraseña nueva",
  newPasswordText: "Al menos 12 caracteres. Lo mejor son varias palabras que solo tú juntarías.",
  name: "Tu nombre",
  nameText: "Tus compañeros lo ven junto a tus respuestas.",
  back: "Volver a entrar",

  forgotTitle: "Poner una contraseña nueva",
  forgotText: "Dinos tu correo. Si tienes una cuenta, enviamos un enlace para poner una contraseña nueva.",
  sendLink: "Enviar el enlace",
  linkSent: "Mira tu correo",
  linkSentText: (email: string) =>
    `Si ${email} tiene una cuenta, hay un enlace en camino. Funciona una vez, durante 30 minutos. ¿No llega? Mira el correo no deseado o pregunta a un propietario de tu espacio.`,
  resetTitle: "Elige una contraseña nueva",
  resetSubmit: "Poner la contraseña",
  resetDone: "La contraseña está puesta",
  resetDoneText: "Entra con ella. Los dispositivos que tenían la sesión abierta ya no la tienen.",

  linkUnusable: "Este enlace ya no se puede usar",
  linkUnusableText: "Ya se usó o ha caducado.",
  linkMissingText: "La dirección no está completa. Abre el enlace entero del mensaje.",
  askAgain: "Pedir otro enlace",

  invitationTitle: (workspace: string) => `Unirse a ${workspace}`,
  invitationText: (workspace: string, role: string) => `Te invitan a ${workspace} en Parley como ${role}.`,
  invitationUnusable: "Esta invitación ya no se puede usar",
  invitationUnusableText: "Ya se usó, se retiró o ha caducado. Pide otra a quien te invitó.",
  roles: { owner: "propietario", admin: "administrador", agent: "agente", viewer: "lector" },
  join: "Unirse",
  joinAs: (email: string) => `Unirse como ${email}`,
  makeAccount: "Crea tu cuenta",
  haveAccount: "Ya tengo una cuenta",
  noAccountYet: "Aún no tengo cuenta",
  signInToJoin: (email: string) => `Entra como ${email} para aceptar la invitación.`,
  signInToJoinAny: "Entra para aceptar la invitación.",
  otherPerson: (email: string) => `Has entrado como ${email}. La invitación es para otra dirección.`,

  registerTitle: "Crear una cuenta",
  registerText: "Te enviamos un enlace que confirma tu correo. Después tendrás tu propio espacio de trabajo.",
  registerSent: (email: string) => `Un enlace va camino de ${email}. Funciona una vez, durante 24 horas.`,
  confirmTitle: "Terminar el registro",
  workspaceName: "Nombre de tu espacio",
  workspaceText: "Minúsculas, cifras y guiones, como «acme». No se puede cambiar.",
  confirmSubmit: "Crear cuenta y espacio",

  notYou: (name: string) => `¿No eres ${name}? Salir de esta página`,
  enterFailed: "Este enlace ya se usó",
  enterFailedText:
    "Funciona una vez. Entra con la dirección y la contraseña que mostró `make run` junto a él.",
};
