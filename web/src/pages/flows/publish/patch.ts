/** Returns a unified diff as a patch of the flow's file, for `git apply`. */
export function patchOf(diff: string, flow: string): string {
  const file = `flows/${flow}.yaml`;
  const body = diff.replace(/^--- .*\n\+\+\+ .*\n/, "");
  return `--- a/${file}\n+++ b/${file}\n${body}\n`;
}
