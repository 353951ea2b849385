export function StepPane() {
  return null;
}
