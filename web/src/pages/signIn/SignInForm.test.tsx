import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { SignInForm } from "./SignInForm";

const submit = () => fireEvent.submit(screen.getByRole("form"));

function problem(status: number, name: string) {
  return new Response(JSON.stringify({ type: `https://parley/problems/${name}`, title: name }), { status });
}

test("a second factor is asked for after the password, and a wrong code keeps the form", {
  timeout: 60_000,
}, async () => {
  const answers = [
    problem(401, "second-factor-needed"),
    problem(401, "not-signed-in"),
    Response.json({ user: "u1" }),
  ];
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (request) => {
    asked.push(new URL((request as Request).url).pathname);
    return answers.shift() as Response;
  });
  const onDone = vi.fn();
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <SignInForm onDone={onDone} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.change(screen.getByLabelText("E-mail address"), { target: { value: "ada@example.com" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "a password of Ada's" } });
  submit();
  const code = await screen.findByLabelText(/Code from your authenticator/);
  fireEvent.change(code, { target: { value: "000000" } });
  submit();
  expect(await screen.findByRole("alert")).toHaveTextContent("This code is not right");
  fireEvent.change(screen.getByLabelText(/Code from your authenticator/), { target: { value: "123 456" } });
  submit();
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledWith("u1"));
  expect(asked).toEqual(["/api/v1/auth/login", "/api/v1/auth/second-factor", "/api/v1/auth/second-factor"]);
});
