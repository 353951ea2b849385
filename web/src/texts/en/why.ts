import type { Sayings } from "../../ui/said";

const decisionsEn: Record<string, string> = {
  faq: "an answer of the FAQ",
  flow: "a flow",
  ai: "the model shall answer",
  shop: "the shop",
  greeted: "greeted",
  handed_off: "handed to people",
  no_answer: "nothing fits, handed to people",
  human: "a person has the conversation",
  limited: "too many messages",
  opted_out: "opted out",
  opted_in: "opted in",
  ignored: "no answer needed",
};
const authorsEn: Record<string, string> = {
  faq: "the FAQ",
  flow: "a flow",
  ai: "the model",
  agent: "a person",
  system: "Parley",
  broadcast: "a broadcast",
};
const statusesEn: Record<string, string> = {
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Failed",
  unknown: "Unknown",
};

export const why = {
  open: "Why?",
  title: "Why this message?",
  summary: {
    faq: "A question of your FAQ matched, and its answer was sent.",
    flow: "A flow answered at one of its steps.",
    ai: "A language model wrote this answer.",
    agent: "A person wrote this message.",
    system: "It is one of the automatic texts of your settings.",
    broadcast: "It is part of a broadcast.",
    customer: "The customer wrote this.",
  } as Record<string, string>,
  decision: "Decision",
  progress: "What happened",
  attempts: "Attempts to send it",
  accepted: "Taken by the provider",
  failed: "Refused",
  noAnswer: "No answer: unknown whether it was sent",
  cost: (usd: string, answers: number) =>
    `Models have cost ${usd} USD in this conversation (${answers === 1 ? "1 answer" : `${answers} answers`}).`,
  took: (time: string) => `${time} from the customer's message to the last step.`,
  details: "All steps with times",
  notYet: "not yet",
  request: (id: string) => `Correlation id ${id}`,
  steps: {
    wrote: ({ kind = "", characters, provider = "" }) =>
      `Wrote ${characters ? `a text of ${characters} characters` : kind} (the time is ${provider}'s)`,
    received: ({ provider = "" }) => `Received from ${provider}, and stored safely`,
    decided: ({ turn = "", decision = "", note }) =>
      `Turn ${turn}: ${decisionsEn[decision.split(":")[0] ?? ""] ?? decision}${note ? ` (${note})` : ""}`,
    asked_ai: ({ until }) =>
      until
        ? `Asked the model, not before ${until}: the customer may be writing on`
        : "Asked the model for an answer",
    took_request: () => "The model's service took the request",
    chose_model: ({ model = "", reasons = "", other, usd = "" }) =>
      `Chose ${model}: ${reasons}${other ? `; ${other} would have cost ${usd} USD` : ""}`,
    tool: ({ name = "", outcome = "", ms = "" }) => `Tool ${name}: ${outcome}, ${ms} ms`,
    ai_done: ({
      outcome = "",
      model = "",
      calls = "",
      tokens_in = "",
      tokens_out = "",
      cached,
      usd,
      seconds = "",
      error,
    }) =>
      `${outcome === "answered" || outcome === "faq" ? "Answered" : outcome}: ${model}, calls: ${calls}, tokens: ${tokens_in} in${cached ? ` (${cached} cached)` : ""}, ${tokens_out} out${usd ? `, ${usd} USD` : ""}, ${seconds} s${error ? `; ${error}` : ""}`,
    summary: ({ outcome = "", made = "" }) =>
      `${outcome === "summary" ? "Summarised the conversation" : "Could not summarise the conversation"}: ${made}`,
    made: ({ number, author = "" }) =>
      `Message ${number ?? ""} made by ${authorsEn[author] ?? author}`.replace("  ", " "),
    claimed: ({ number }) => `Message ${number ?? ""} is being sent`.replace("  ", " "),
    template_instead: ({ template = "" }) =>
      `The 24-hour window is closed: the template ${template} goes instead`,
    accepted: ({ number, provider = "", attempt }) =>
      `${provider} accepted message ${number ?? ""}${attempt ? ` at attempt ${attempt}` : ""}`.trim(),
    attempt_failed: ({ attempt = "", error = "" }) => `Attempt ${attempt} failed: ${error}`,
    given_up: ({ attempt = "", error = "" }) => `Attempt ${attempt} failed: ${error}. It was the last one`,
    maybe_duplicate: () => "Nobody knew whether it was sent, so it was sent again: it may have arrived twice",
    settled: ({ provider = "" }) => `${provider} did not answer, but a report settles that it was sent`,
    status: ({ status = "", provider = "", error }) =>
      `${statusesEn[status] ?? status}, says ${provider}${error ? `: ${error}` : ""}`,
    no_answer_yet: () => "The provider has not answered yet; without a report it is decided after a while",
    held: ({ error = "" }) => `It is held, because its channel is stopped: ${error}`,
    waits: ({ until }) => `It waits for its next attempt${until ? `, not before ${until}` : ""}`,
    ai_pending: () => "The model has not answered yet",
    delivery_pending: () => "It has not been taken for sending yet",
  } as Sayings,
  where: {
    customer: "Customer",
    ingress: "Received",
    router: "Decided",
    ai: "Model",
    delivery: "Sending",
    provider: "Provider",
  } as Record<string, string>,
};
