import { Skeleton } from "@mantine/core";
import { useTexts } from "../../../texts";
import classes from "./ListRow.module.css";

/** Stands for rows that are being loaded, at their places. */
export function RowSkeletons({ height }: { height: number }) {
  const { common } = useTexts();
  return (
    <div role="status" aria-label={common.loading}>
      {[62, 48, 70, 40, 56, 66, 45].map((width) => (
        <div key={width} className={classes.row} style={{ height }}>
          <Skeleton circle height={40} />
          <div>
            <Skeleton height={12} width={`${width}%`} mt={4} />
            <Skeleton height={10} width={`${width + 20}%`} mt={12} />
            <Skeleton height={10} width="35%" mt={12} />
          </div>
        </div>
      ))}
    </div>
  );
}
