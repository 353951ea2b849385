import type { FlowWarning } from "../draft/types";

const PROVIDERS: Record<string, string> = { meta: "Meta", twilio: "Twilio", msg91: "MSG91" };

/** Returns the name of the provider that a warning is about; empty: of none. */
export const providerOf = ({ provider }: FlowWarning) => PROVIDERS[provider] ?? provider;

/** Returns a warning with its provider, if it has one. */
export function warningWords(warning: FlowWarning): string {
  const provider = providerOf(warning);
  return provider ? `${provider}: ${warning.message}` : warning.message;
}
