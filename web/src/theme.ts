import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Parley's green: calm enough to look at all day; 7 has a contrast of at least 4.5 to white. */
const parley: MantineColorsTuple = [
  "#e9f7f1",
  "#d3ece2",
  "#a6dac5",
  "#75c7a6",
  "#4eb68b",
  "#34ab79",
  "#14855f",
  "#0b7a5b",
  "#06634a",
  "#034d39",
];

/**
 * Red and orange with words that can be read: a contrast of 4.5 of 9 to 1 (badges and notes), and of white to 6 and 7
 * (buttons, in the dark and in the light). Mantine's own have 3.3 to 3.9.
 */
const red: MantineColorsTuple = [
  "#fff5f5",
  "#ffe3e3",
  "#ffc9c9",
  "#ffa8a8",
  "#ff8787",
  "#f76767",
  "#d42f2f",
  "#c92a2a",
  "#b92424",
  "#a51d1d",
];

const orange: MantineColorsTuple = [
  "#fff4e6",
  "#ffe8cc",
  "#ffd8a8",
  "#ffc078",
  "#ffa94d",
  "#f08c2e",
  "#c2500a",
  "#b34a08",
  "#a34107",
  "#8f3606",
];

const slate: MantineColorsTuple = [
  "#f6f7f9",
  "#eceef1",
  "#dde1e6",
  "#c6ccd4",
  "#9aa3af",
  "#6b7482",
  "#505967",
  "#3a424e",
  "#262c35",
  "#171b21",
];

export const theme = createTheme({
  primaryColor: "parley",
  primaryShade: { light: 7, dark: 6 },
  colors: { parley, red, orange, gray: slate },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.125rem" } } },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "20px" },
  // Plain objects: `Modal.extend(…)` would put every component that is named here into the first file.
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    Paper: { defaultProps: { withBorder: true, radius: "md" } },
    // A closed list has no options in the page: a choice among 300 steps would draw them with each edit.
    Combobox: { defaultProps: { keepMounted: false } },
    // Without a placeholder, which is no item of a menu, the first item gets the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // The heading of a dialog is no banner of the page.
    Drawer: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { opacity: 0.4 },
        attributes: { header: { role: "presentation" } },
      },
    },
    Table: { defaultProps: { verticalSpacing: "xs", highlightOnHover: true } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
  },
});
