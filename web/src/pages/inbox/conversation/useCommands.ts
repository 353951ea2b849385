import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useLive } from "../../../live/LiveProvider";
import type { Texts } from "../../../texts";

export type Outcome = { state: "done" | "refused" | "unknown"; reason: string; by: string };

const ASKED_AFTER = [4_000, 4_000, 8_000, 15_000, 30_000];
const REMEMBERED = 200;
const PATIENCE = 4_000;

/** The outcomes of commands, as live events tell them, or asked for when none came. */
export class CommandOutcomes {
  private readonly known = new Map<string, Outcome>();
  private readonly waiting = new Map<string, (outcome: Outcome) => void>();

  constructor(private readonly ask: (command: string) => Promise<Outcome | null>) {}

  tell(command: string, outcome: Outcome) {
    this.known.set(command, outcome);
    const oldest = this.known.size > REMEMBERED ? this.known.keys().next().value : undefined;
    if (oldest !== undefined) this.known.delete(oldest);
    this.waiting.get(command)?.(outcome);
    this.waiting.delete(command);
  }

  /** Returns how a command ended; `unknown` if nobody says so within a minute, or the milliseconds of `patience`. */
  async of(command: string, patience?: number): Promise<Outcome> {
    const known = this.known.get(command);
    if (known) return known;
    return await new Promise((resolve) => {
      this.waiting.set(command, resolve);
      if (patience === undefined) void this.askUntilKnown(command);
      else setTimeout(() => this.giveUp(command), patience);
    });
  }

  private async askUntilKnown(command: string) {
    for (const delay of ASKED_AFTER) {
      await new Promise((done) => setTimeout(done, delay));
      if (!this.waiting.has(command)) return;
      const outcome = await this.ask(command).catch(() => null);
      if (outcome) this.tell(command, outcome);
      if (!this.waiting.has(command)) return;
    }
    this.giveUp(command);
  }

  private giveUp(command: string) {
    this.waiting.get(command)?.({ state: "unknown", reason: "", by: "" });
    this.waiting.delete(command);
  }
}

type Commands = {
  outcomes: CommandOutcomes;
  /** Sends a command of the conversation, and returns how it ended. Throws ProblemError, and RefusedError. */
  run: (send: (key: string) => Promise<Schemas["Accepted"]>, key?: string) => Promise<Outcome>;
};

/** A command that the router refused. */
export class RefusedError extends Error {
  constructor(readonly outcome: Outcome) {
    super(outcome.reason);
  }
}

/** Returns an error whose message is in words; of a refusal the API has only a name. */
export function refusalOf(error: unknown, { conversation: t }: Texts): unknown {
  if (!(error instanceof RefusedError)) return error;
  const { reason } = error.outcome;
  return new Error(t.refused(t.reasons[reason] ?? reason));
}

export const CommandsContext = createContext<Commands | null>(null);

/** Returns the commands of the conversation that is open. */
export function useCommands(): Commands {
  const commands = useContext(CommandsContext);
  if (!commands) throw new Error("useCommands is for parts of a conversation");
  return commands;
}

/**
 * Makes the commands of a conversation, for `CommandsContext`. conversation: null: commands of no conversation, such as
 * a change of a customer: only live events tell how they ended, so nobody waits for them long.
 */
export function useCommandsOf(workspace: string, conversation: string | null): Commands {
  const client = useQueryClient();
  const { listen } = useLive();
  const commands = useMemo(() => {
    const outcomes = new CommandOutcomes(async (command) => {
      if (conversation === null) return null;
      try {
        const found = await answer(
          api.GET("/api/v1/workspaces/{workspace}/conversations/{conversation}/commands/{command}", {
            params: { path: { workspace, conversation, command } },
          }),
        );
        return { state: found.state, reason: found.reason ?? "", by: found.by ?? "" };
      } catch (error) {
        if (error instanceof ProblemError) return null;
        throw error;
      }
    });
    const run: Commands["run"] = async (send, key = newKey()) => {
      const accepted = await send(key);
      const outcome = await outcomes.of(accepted.command, conversation === null ? PATIENCE : undefined);
      if (conversation !== null)
        void client.invalidateQueries({ queryKey: [workspace, "conversation", conversation] });
      if (outcome.state === "refused") throw new RefusedError(outcome);
      return outcome;
    };
    return { outcomes, run };
  }, [workspace, conversation, client]);
  useEffect(
    () =>
      listen((frame) => {
        if (frame.type === "command:done") {
          commands.outcomes.tell(frame.data.command, { state: "done", reason: "", by: frame.data.by });
        } else if (frame.type === "command:refused") {
          const { reason, by } = frame.data;
          commands.outcomes.tell(frame.data.command, { state: "refused", reason, by });
        }
      }),
    [listen, commands],
  );
  return commands;
}
