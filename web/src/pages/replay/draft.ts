import type { FaqText } from "../faq/queries";
import type { Changes } from "./queries";

export type Bot = {
  mode: string;
  system_prompt: string;
  fast_model: string;
  smart_model: string;
  faq_threshold?: number | null;
};

/** Texts of flows by name; null: the draft as it is stored. */
export type FlowTexts = Record<string, string | null>;

/** The changes to try, as the person edits it. faqs: null: as they are. */
export type Draft = { bot: Partial<Bot>; faqs: FaqText[] | null; flows: FlowTexts };

export const NOTHING: Draft = { bot: {}, faqs: null, flows: {} };

/** Returns the changes that differ from what there is now. */
export function changesOf(draft: Draft, bot: Bot | undefined, faqs: readonly FaqText[] | undefined): Changes {
  const changed = Object.entries(draft.bot).filter(
    ([name, value]) => value !== undefined && value !== null && value !== bot?.[name as keyof Bot],
  );
  const same =
    draft.faqs === null ||
    (faqs !== undefined && JSON.stringify(plain(draft.faqs)) === JSON.stringify(plain(faqs)));
  return {
    bot: Object.fromEntries(changed) as Changes["bot"],
    faqs: same ? null : plain(draft.faqs ?? []),
    flows: draft.flows,
  } as Changes;
}

export const isEmpty = (changes: Changes) =>
  Object.keys(changes.bot ?? {}).length === 0 &&
  !changes.faqs &&
  Object.keys(changes.flows ?? {}).length === 0;

/** Says whether an FAQ can answer: one that is being written is left out. */
export const isWhole = ({ question, answer }: FaqText) => Boolean(question.trim() && answer.trim());

const plain = (faqs: readonly FaqText[]) =>
  faqs.filter(isWhole).map(({ question, answer, variants }) => ({
    question,
    answer,
    variants: variants.map((one) => one.trim()).filter(Boolean),
  }));

/** Returns the FAQs of rows of a table; null if it has no columns `question` and `answer`. */
export function faqsOfTable(rows: readonly (readonly string[])[]): FaqText[] | null {
  const header = (rows[0] ?? []).map((one) => one.trim().toLowerCase());
  const [question, answer, variants] = ["question", "answer", "variants"].map((one) => header.indexOf(one));
  if (question === undefined || answer === undefined || question < 0 || answer < 0) return null;
  const unescaped = (text: string | undefined) => (text ?? "").replace(/^'(?=[=+\-@])/, "").trim();
  return rows
    .slice(1)
    .map((row) => ({
      question: unescaped(row[question]),
      answer: unescaped(row[answer]),
      variants: (row[variants ?? -1] ?? "")
        .split("\n")
        .map((one) => unescaped(one))
        .filter(Boolean),
    }))
    .filter(isWhole);
}

/** Returns the limit that is proposed for an estimate: twice as much, and at least what some calls at once may cost. */
export function proposedLimit(estimated: number): number {
  return Math.min(50, Math.max(0.5, Math.ceil(estimated * 2 * 100) / 100));
}
