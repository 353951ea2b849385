export const edits = {
  review: "What would change",
  nothing: "Nothing changes: it is saved like this already.",
  added: "added",
  changed: "changed",
  removed: "removed",
  conflict: "A colleague saved meanwhile",
  conflictText:
    "Nothing of yours was saved, and your text is still in the form. Compare the two, correct yours if you like, and save again.",
  theirs: "Saved now",
  yours: "Yours",
  goOn: "Back to the form",
  file: "This is kept in the workspace file",
  fileText:
    "It can only be changed there. These are the lines as you want them; copy them into the file and apply it.",
  managed: "Kept in the workspace file",
  managedText: "You can look at everything here. Changes show the lines to copy into the file.",
};
