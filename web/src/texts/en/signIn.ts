export const signIn = {
  title: "Sign in to Parley",
  email: "E-mail address",
  password: "Password",
  submit: "Sign in",
  forgot: "Forgot your password?",
  refused: "E-mail address or password is wrong.",
  tooMany: "Too many tries. Wait a moment, then try again.",
  codeTitle: "Second factor",
  code: "Code from your authenticator app, or a recovery code",
};
