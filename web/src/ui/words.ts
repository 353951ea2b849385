import { ProblemError } from "../api/problem";
import type { Texts } from "../texts";

/** Returns the words for an error of a request. */
export function words(error: unknown, { common }: Texts): string {
  if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : String(error);
  if (error.problem === "offline") return common.offline;
  if (error.problem === "kafka-away") return common.away("Kafka");
  if (error.problem === "mongodb-away") return common.away("MongoDB");
  if (error.problem === "not-allowed") return common.notAllowed;
  if (error.problem === "not-found") return common.notFound;
  if (error.problem === "too-many") return common.tooMany(error.retryAfter ?? 0);
  if (error.problem === "changed-meanwhile") return common.changedMeanwhile;
  if (error.problem === "not-decided") return common.notDecided;
  if (error.problem === "internal") return common.internal;
  const fields = error.fields.map((one) => `${one.pointer.replace(/^#\/?/, "")}: ${one.message}`);
  return [error.message, ...fields].join("\n");
}
