import { expect, test, vi } from "vitest";
import { answer, api } from "./client";
import { ProblemError } from "./problem";

const refused = (headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: "/problems/not-signed-in", title: "Not signed in" }), {
    status: 401,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

/** Answers requests with these, one after the other; returns the paths that were asked for. */
function answers(...responses: Response[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request | string) => {
    asked.push(new URL(typeof request === "string" ? request : request.url, "http://localhost").pathname);
    return responses.shift();
  });
  return asked;
}

test("a wrong password is sent once, as each try counts", async () => {
  const asked = answers(refused());
  const change = answer(api.POST("/api/v1/me/password", { body: { current: "wrong", new: "new and long" } }));
  await expect(change).rejects.toBeInstanceOf(ProblemError);
  expect(asked).toEqual(["/api/v1/me/password"]);
});

test("a request whose session has expired is sent again after the session is renewed", async () => {
  const expired = refused({ "WWW-Authenticate": "Bearer" });
  const asked = answers(expired, new Response("{}"), new Response(null, { status: 204 }));
  await answer(api.POST("/api/v1/me/proof", { body: { code: "", password: "right" } }));
  expect(asked).toEqual(["/api/v1/me/proof", "/api/v1/auth/refresh", "/api/v1/me/proof"]);
});
