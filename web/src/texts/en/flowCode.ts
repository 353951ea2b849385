export const flowCode = {
  label: "Text of the flow (YAML)",
  lineProblem: (line: number, message: string) => `Line ${line}: ${message}`,
  stale: "The picture shows the last text that could be read.",
  search: {},
};
