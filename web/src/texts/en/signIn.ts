export const signIn = {
  title: "Sign in to Parley",
  email: "E-mail address",
  password: "Password",
  submit: "Sign in",
  forgot: "Forgot your password?",
  register: "Make an account",
  refused: "E-mail address or password is wrong.",
  codeRefused: "This code is not right, or it was used before.",
  tooMany: (seconds: number) =>
    seconds > 0
      ? `Too many tries. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`
      : "Too many tries. Wait a moment, then try again.",
  code: "Code from your authenticator app",
  codeText: "Six digits. A recovery code works too, once.",
  startOver: "Use another account",
  newPassword: "New password",
  newPasswordText: "At least 12 characters. Several words that only you would put together are best.",
  name: "Your name",
  nameText: "Colleagues see it beside your answers.",
  back: "Back to signing in",

  forgotTitle: "Set a new password",
  forgotText: "Tell us your e-mail address. If it has an account, we send a link to set a new password.",
  sendLink: "Send the link",
  linkSent: "Look into your mailbox",
  linkSentText: (email: string) =>
    `If ${email} has an account, a link is on its way. It works once, within 30 minutes. Nothing there? Look into the spam folder, or ask an owner of your workspace.`,
  resetTitle: "Choose a new password",
  resetSubmit: "Set the password",
  resetDone: "The password is set",
  resetDoneText: "Sign in with it. Devices that were signed in before are signed out.",

  linkUnusable: "This link cannot be used any more",
  linkUnusableText: "It was used already, or it has ended.",
  linkMissingText: "The address is not complete. Open the whole link from the message.",
  askAgain: "Ask for a new link",

  invitationTitle: (workspace: string) => `Join ${workspace}`,
  invitationText: (workspace: string, role: string) =>
    `You are invited to ${workspace} on Parley as ${role}.`,
  invitationUnusable: "This invitation cannot be used any more",
  invitationUnusableText:
    "It was used already, withdrawn, or has ended. Ask the person who invited you for a new one.",
  roles: { owner: "owner", admin: "administrator", agent: "agent", viewer: "viewer" },
  join: "Join",
  joinAs: (email: string) => `Join as ${email}`,
  makeAccount: "Make your account",
  haveAccount: "I have an account already",
  noAccountYet: "I have no account yet",
  signInToJoin: (email: string) => `Sign in as ${email} to accept the invitation.`,
  signInToJoinAny: "Sign in to accept the invitation.",
  otherPerson: (email: string) => `You are signed in as ${email}. The invitation is for another address.`,

  registerTitle: "Make an account",
  registerText: "We send you a link that proves your e-mail address. You then get a workspace of your own.",
  registerSent: (email: string) => `A link is on its way to ${email}. It works once, within 24 hours.`,
  confirmTitle: "Finish your registration",
  workspaceName: "Name of your workspace",
  workspaceText: "Lower-case letters, digits and hyphens, such as “acme”. It cannot be changed.",
  confirmSubmit: "Make account and workspace",

  notYou: (name: string) => `Not ${name}? Leave this page`,
  enterFailed: "This sign-in link was used already",
  enterFailedText: "It works once. Sign in with the address and password that `make run` printed beside it.",
};
