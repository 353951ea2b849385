import type { Texts } from "../../../texts";

type Words = Texts["channelFields"];
export type ChannelField = {
  name: string;
  words: keyof Words & string;
  secret?: boolean;
  optional?: boolean;
  pattern?: RegExp;
  /** May be made up: the console offers one. */
  invented?: boolean;
  placeholder?: string;
};

const ADDRESS: ChannelField = { name: "address", words: "address", placeholder: "+234 803 123 4567" };

/** The fields of each provider's channels, with what they look like (as `shared/providers` checks them). */
export const PROVIDERS: Record<
  "meta" | "twilio" | "msg91",
  { title: string; fields: readonly ChannelField[] }
> = {
  meta: {
    title: "Meta (WhatsApp Cloud API)",
    fields: [
      ADDRESS,
      {
        name: "phone_number_id",
        words: "phone_number_id",
        pattern: /^\d{5,25}$/,
        placeholder: "665397593326012",
      },
      { name: "waba_id", words: "waba_id", pattern: /^\d{5,25}$/, placeholder: "1437200930610622" },
      { name: "access_token", words: "access_token", secret: true },
      { name: "app_secret", words: "app_secret", secret: true },
      { name: "verify_token", words: "verify_token", secret: true, invented: true },
    ],
  },
  twilio: {
    title: "Twilio",
    fields: [
      { ...ADDRESS, placeholder: "+1 415 523 8886" },
      {
        name: "account_sid",
        words: "account_sid",
        pattern: /^AC[0-9a-fA-F]{32}$/,
        placeholder: "AC00000000000000000000000000000001",
      },
      { name: "auth_token", words: "auth_token", secret: true },
    ],
  },
  msg91: {
    title: "MSG91",
    fields: [
      { ...ADDRESS, placeholder: "+91 98765 43210" },
      { name: "authkey", words: "authkey", secret: true },
      {
        name: "webhook_secret",
        words: "webhook_secret",
        secret: true,
        invented: true,
        pattern: /^[!-~]{16,200}$/,
      },
    ],
  },
};

export type ProviderName = keyof typeof PROVIDERS;

/** Returns a random word that nobody guesses, for a secret that people choose themselves. */
export function inventSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
