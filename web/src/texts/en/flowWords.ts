export const flowWords = {
  button: "Describe it in words",
  title: "Describe it in words",
  words: "What shall this flow do?",
  wordsText: "Who writes, what is asked, where each answer leads, and what happens when nobody answers.",
  example:
    "For example: A customer asks for a table. Ask for the day and the number of people; more than 12 go to a colleague. Remind once after two hours.",
  given:
    "The model gets your words, the present text of this flow, and the names of your products, templates, questions and other flows. No customers. Nothing changes before you have seen it.",
  change: "It changes the flow that is open. To begin anew, say so.",
  tooLong: (most: string) =>
    `This flow is longer than ${most} characters, so a model cannot change it. Divide it into sub-flows first.`,
  write: "Write it",
  writing: "The model writes the flow. This takes up to a minute or two.",
  meanwhile: "You may close this and go on; it will be here when you open it again.",
  wrote: (model: string, cost: string) =>
    `Written by ${model} for ${cost}. Please read it before you take it.`,
  changedMeanwhile:
    "The draft was changed since you asked. Below is what would change in it now: newer edits may be taken back.",
  problems: "This still has to be corrected",
  line: (line: number, where: string) => `Line ${line}, ${where}:`,
  same: "The model would change nothing.",
  difference: "What would change",
  meaning: "What changes",
  text: "In the text",
  take: "Put it into the draft",
  taken: "It is in the draft now. Undo brings your text back.",
  again: "Ask again",
  failures: {
    budget:
      "The budget for models is spent for now, or what is left of it is kept for customers. Raise it in the settings, or try tomorrow.",
    model: "The model gave no answer. Try again in a moment, perhaps with fewer wishes at once.",
    forgotten: "This is not kept any more. Ask again.",
    fault: "That was a fault of ours. Ask again.",
  },
};
