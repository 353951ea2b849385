/** An error of one field. code: names the words for it; the API gives it for those that have some. */
export type FieldProblem = { pointer: string; message: string; code?: string };

/** A request that was not answered as wanted. name: of the API's problem, or `offline` when no answer came. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: string;
  readonly status: number;
  readonly detail: string;
  readonly request: string;
  readonly fields: FieldProblem[];
  readonly retryAfter: number | null;
  /** Further members of the problem, such as `by` of `taken-by`. */
  readonly more: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    const title = String(body.title ?? "The request failed");
    const detail = String(body.detail ?? "");
    super(detail ? `${title}: ${detail}` : title);
    this.problem =
      String(body.type ?? "")
        .split("/")
        .pop() || (status ? `status-${status}` : "offline");
    this.status = status;
    this.detail = detail;
    this.request = String(body.instance ?? "");
    this.fields = (body.errors as FieldProblem[] | undefined) ?? [];
    this.retryAfter = retryAfter;
    this.more = body;
  }

  /** Says whether the same request may succeed later: nothing was decided, or the first one with its key still runs. */
  get temporary(): boolean {
    const runs = this.status === 409 && this.retryAfter !== null;
    return runs || this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Returns the problem of an answer. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    body = { title: `The console answered ${response.status}` };
  }
  const after = Number(response.headers.get("Retry-After"));
  return new ProblemError(response.status, body, Number.isFinite(after) && after > 0 ? after : null);
}

/** Returns the problem when there was no answer at all. */
export function offline(): ProblemError {
  return new ProblemError(0, { title: "The console cannot be reached" });
}
