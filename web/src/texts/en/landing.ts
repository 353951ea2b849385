export const landing = {
  title: "We run your WhatsApp operations",
  text: "One inbox for a whole team. A bot that answers what it knows, flows that sell and book, and a person for the rest: no message lost, none sent twice.",
  signIn: "Sign in",
  register: "Make an account",
  inbox: "The inbox: who waits, who answers, and until when free text is allowed",
  phone: "Each answer as the customer sees it, with buttons and lists",
  dashboard: "What happens today, and what needs a hand",
  source: "Free software that runs on your own machines.",
};
