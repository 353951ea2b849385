import { Link } from "@tanstack/react-router";
import classes from "./SectionTabs.module.css";

type Item = { to: string; label: string; exact?: boolean };

/** Links between pages that belong together, shown as tabs below the title. */
export function SectionTabs({ label, items }: { label: string; items: readonly Item[] }) {
  return (
    <nav aria-label={label} className={classes.tabs}>
      {items.map(({ to, label: words, exact = true }) => (
        <Link
          key={to}
          to={to as string}
          className={classes.tab}
          activeOptions={{ exact, includeSearch: false }}
        >
          {words}
        </Link>
      ))}
    </nav>
  );
}
