import { Skeleton } from "@mantine/core";
import { IconArrowRight, IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../texts";
import { Card } from "./Card";
import classes from "./Dashboard.module.css";
import { useNext } from "./useNext";

/** The list of what needs a hand: each line leads to where it is done. */
export function NextCard({ workspace }: { workspace: string }) {
  const { dashboard } = useTexts();
  const { items, loading } = useNext(workspace);
  return (
    <Card title={dashboard.next}>
      {loading && <Skeleton h={120} />}
      {!loading && items.length === 0 && (
        <p className={classes.fine}>
          <IconCircleCheck size={20} aria-hidden />
          {dashboard.nothingNext}
        </p>
      )}
      <ul className={classes.list}>
        {items.map((item) => (
          <li key={item.text}>
            <Link
              className={classes.row}
              to={`/w/${workspace}/${item.to}` as string}
              data-urgent={item.urgent}
            >
              <span>{item.text}</span>
              <IconArrowRight size={16} aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
