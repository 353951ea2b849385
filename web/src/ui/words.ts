import { ProblemError } from "../api/problem";
import type { Texts } from "../texts";
import { messageOf } from "./fieldErrors";

/** Returns the words for an error of a request. What the texts have no words for is said as the API says it. */
export function words(error: unknown, texts: Texts): string {
  if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : String(error);
  const reason = reasonOf(error, texts);
  return reason || general(error, texts) || detailed(error, texts);
}

/** Returns the words for a problem's `reason`; empty without one, or while the texts are not loaded. */
function reasonOf(error: ProblemError, texts: Texts): string {
  const known = problemsIn(texts)?.reasons as Record<string, string> | undefined;
  return known?.[String(error.more.reason ?? "")] ?? "";
}

/** Returns the words for a problem that says all by its name. */
function general(error: ProblemError, { common }: Texts): string {
  if (error.problem === "offline") return common.offline;
  if (error.problem === "kafka-away") return common.away("Kafka");
  if (error.problem === "mongodb-away") return common.away("MongoDB");
  if (error.problem === "not-allowed") return common.notAllowed;
  if (error.problem === "not-found") return common.notFound;
  if (error.problem === "too-many") return common.tooMany(error.retryAfter ?? 0);
  if (error.problem === "changed-meanwhile") return common.changedMeanwhile;
  if (error.problem === "not-decided") return common.notDecided;
  if (error.problem === "internal") return common.internal;
  return "";
}

function detailed(error: ProblemError, texts: Texts): string {
  const kinds = problemsIn(texts)?.kinds as Record<string, string> | undefined;
  const kind = kinds?.[error.problem];
  const said = kind ? [kind, error.detail].filter(Boolean).join(": ") : error.message;
  const fields = error.fields.map((one) => `${one.pointer.replace(/^#\/?/, "")}: ${messageOf(one, texts)}`);
  return [said, ...fields].join("\n");
}

/** Returns the texts of problems; null while they are not loaded. */
function problemsIn(texts: Texts): Texts["problems"] | null {
  return "problems" in texts ? texts.problems : null;
}
