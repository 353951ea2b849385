/** Returns the address of the page to sign in, which leads on to another one of the console. */
export function signInHref(next = ""): string {
  return next && next !== "/" ? `/sign-in?${new URLSearchParams({ next })}` : "/sign-in";
}

/** Returns the page that was asked for before signing in. Only addresses of the console itself count. */
export function nextOf(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
