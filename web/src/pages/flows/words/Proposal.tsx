import { Alert, List, Stack, Tabs, Text } from "@mantine/core";
import { useMemo } from "react";
import { useLanguage } from "../../../app/LanguageProvider";
import { useTexts } from "../../../texts";
import { usd } from "../../replay/money";
import { useDraftView } from "../builder/draft/DraftProvider";
import { DiffView } from "../diff/DiffView";
import { compare } from "../diff/lines";
import { Meaning } from "../diff/Meaning";
import type { Suggestion } from "./queries";

/** A model's text beside the draft: what it would change, and what is wrong with it. before: the text when asked. */
export function Proposal({ suggestion, before }: { suggestion: Suggestion; before: string }) {
  const { flowWords: t } = useTexts();
  const { language } = useLanguage();
  const source = useDraftView((view) => view.source);
  const proposed = suggestion.source ?? "";
  const lines = useMemo(() => compare(source, proposed), [source, proposed]);
  const newer = source !== before && source !== proposed;
  return (
    <Stack>
      <Text size="sm">{t.wrote(suggestion.model, usd(language, suggestion.usd))}</Text>
      {suggestion.problems.length > 0 && (
        <Alert color="red" role="alert" title={t.problems}>
          <List size="sm">
            {suggestion.problems.map((one) => (
              <List.Item key={`${one.file} ${one.line} ${one.where} ${one.message}`}>
                {one.file !== `${suggestion.flow}.yaml` && `${one.file}: `}
                {t.line(one.line, one.where)} {one.message}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {newer && <Alert color="blue">{t.changedMeanwhile}</Alert>}
      {lines.length === 0 ? (
        <Text size="sm">{t.same}</Text>
      ) : (
        <Tabs key={String(newer)} defaultValue={newer ? "text" : "meaning"} keepMounted={false}>
          <Tabs.List mb="sm" aria-label={t.difference}>
            {!newer && <Tabs.Tab value="meaning">{t.meaning}</Tabs.Tab>}
            <Tabs.Tab value="text">{t.text}</Tabs.Tab>
          </Tabs.List>
          {!newer && (
            <Tabs.Panel value="meaning">
              <Meaning changes={suggestion.meaning} />
            </Tabs.Panel>
          )}
          <Tabs.Panel value="text">
            <DiffView lines={lines} label={t.text} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Stack>
  );
}
