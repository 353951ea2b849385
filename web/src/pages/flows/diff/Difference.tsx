import { Tabs } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { DiffView } from "./DiffView";
import { linesOfDiff } from "./lines";
import { Meaning } from "./Meaning";

/** The difference of two texts of a flow: in what they mean, and line by line. */
export function Difference({ difference }: { difference: Schemas["FlowDifference"] }) {
  const { flowVersions: t } = useTexts();
  return (
    <Tabs defaultValue="meaning" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="meaning">{t.meaning}</Tabs.Tab>
        <Tabs.Tab value="text">{t.text}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="meaning">
        <Meaning changes={difference.meaning} />
      </Tabs.Panel>
      <Tabs.Panel value="text">
        <DiffView lines={linesOfDiff(difference.diff)} label={t.text} />
      </Tabs.Panel>
    </Tabs>
  );
}
