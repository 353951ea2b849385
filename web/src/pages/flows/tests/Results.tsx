import { Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import classes from "./Results.module.css";

type Result = Schemas["FlowTestResult"];

/** Tests with how they went. results: null: they did not run. */
export function Results({ tests, results }: { tests: readonly string[]; results: readonly Result[] | null }) {
  const { flowTry: t } = useTexts();
  const shown = (results ?? tests.map((name) => ({ name, passed: null, failures: [] }))).map(
    (one, place) => ({
      ...one,
      key: `${place} ${one.name}`,
    }),
  );
  return (
    <ul className={classes.list}>
      {shown.map((one) => (
        <li key={one.key} data-state={one.passed === null ? "idle" : one.passed ? "passed" : "failed"}>
          {one.passed === null && <IconCircleDashed size={17} aria-hidden />}
          {one.passed === true && <IconCircleCheck size={17} aria-label={t.passed} />}
          {one.passed === false && <IconCircleX size={17} aria-label={t.failed} />}
          <div>
            <Text size="sm">{one.name}</Text>
            {one.failures.map((failure) => (
              <Text key={failure} size="xs" className={classes.failure}>
                {failure}
              </Text>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}
