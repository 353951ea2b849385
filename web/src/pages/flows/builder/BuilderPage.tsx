import { ActionIcon, Tabs } from "@mantine/core";
import { IconChevronUp, IconX } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTexts } from "../../../texts";
import { Loading } from "../../../ui/Loading";
import classes from "./BuilderPage.module.css";
import { DraftProvider } from "./draft/DraftProvider";
import { StepPane } from "./forms/StepPane";
import { type Tab, useBuilder } from "./layout";
import { Outline } from "./outline/Outline";
import { panes } from "./panes";
import { ProblemList } from "./problems/ProblemList";
import { SelectionProvider, useSelected, useSelection } from "./selection";
import { StepsProvider } from "./steps/StepsProvider";
import { Toolbar } from "./Toolbar";

const Canvas = lazy(() => import("./canvas/Canvas").then(({ Canvas }) => ({ default: Canvas })));

/** The builder of one flow: its picture or outline, the form of the selected step, its text, and a simulator. */
export function BuilderPage() {
  const { flow } = useBuilder();
  useEffect(() => {
    document.title = `${flow} · Parley`;
  }, [flow]);
  return (
    <SelectionProvider key={flow}>
      <DraftProvider flow={flow}>
        <StepsProvider>
          <Builder />
        </StepsProvider>
      </DraftProvider>
    </SelectionProvider>
  );
}

function Builder() {
  const { builder: t } = useTexts();
  const { view, tab, code, step, showTab } = useBuilder();
  const selection = useSelection();
  const chosen = useSelected((one) => one.step);
  const asked = useSelected((one) => one.asked);
  // On a phone the pane is a sheet over the picture: it opens with what one touches, and one closes it.
  const [sheet, setSheet] = useState(tab !== "step");
  // biome-ignore lint/correctness/useExhaustiveDependencies: each wish to see a step opens it
  useEffect(() => {
    if (chosen !== null) setSheet(true);
  }, [chosen, asked]);
  const first = useRef(step);
  useEffect(() => {
    if (first.current !== null) selection.select(first.current);
  }, [selection]);
  return (
    <div className={classes.builder} data-code={code || undefined} data-sheet={sheet ? tab : undefined}>
      <Toolbar />
      {code && (
        <section className={classes.code} aria-label={t.code}>
          <Suspense fallback={<Loading />}>
            <panes.Code />
          </Suspense>
        </section>
      )}
      <section className={classes.centre} aria-label={view === "outline" ? t.outline : t.canvas}>
        <Suspense fallback={<Loading />}>{view === "outline" ? <Outline /> : <Canvas />}</Suspense>
      </section>
      <aside className={classes.right} aria-label={t.right}>
        <Tabs
          value={tab}
          onChange={(value) => {
            showTab(value as Tab);
            setSheet(true);
          }}
          className={classes.tabs}
          keepMounted={false}
        >
          <div className={classes.head}>
            <Tabs.List className={classes.list}>
              <Tabs.Tab value="step">{t.step}</Tabs.Tab>
              <Tabs.Tab value="try">{t.tryIt}</Tabs.Tab>
              <Tabs.Tab value="tests">{t.tests}</Tabs.Tab>
            </Tabs.List>
            <ActionIcon
              className={classes.sheet}
              variant="subtle"
              color="gray"
              size={44}
              aria-label={sheet ? t.closePane : t.openPane}
              aria-expanded={sheet}
              onClick={() => setSheet(!sheet)}
            >
              {sheet ? <IconX size={18} /> : <IconChevronUp size={18} />}
            </ActionIcon>
          </div>
          <Tabs.Panel value="step" className={classes.panel}>
            <StepPane />
          </Tabs.Panel>
          <Tabs.Panel value="try" className={classes.panel}>
            <Suspense fallback={<Loading />}>
              <panes.Simulator />
            </Suspense>
          </Tabs.Panel>
          <Tabs.Panel value="tests" className={classes.panel}>
            <Suspense fallback={<Loading />}>
              <panes.Tests />
            </Suspense>
          </Tabs.Panel>
        </Tabs>
      </aside>
      <ProblemList />
      <Suspense>
        <panes.Conflict />
      </Suspense>
    </div>
  );
}
