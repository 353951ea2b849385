// Mantine's light badges in these colours have a contrast of 2.7 to 3.9 on their ground; 4.5 is needed.
const TEXT: Record<string, string> = {
  orange: "light-dark(#8f3606, #ffe8cc)",
  cyan: "light-dark(#0b5563, #c5f6fa)",
  grape: "light-dark(#7a1f90, #f3d9fa)",
};

/** Returns the style that makes the words of a light badge in this colour readable. */
export function readable(color: string): { "--badge-color"?: string } {
  const text = TEXT[color];
  return text ? { "--badge-color": text } : {};
}
