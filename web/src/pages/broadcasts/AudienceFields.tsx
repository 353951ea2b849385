import { FileInput, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { segmentsQuery } from "../segments/queries";
import { type Draft, MOST_BYTES, peopleOf } from "./draft";

type Props = { draft: Draft; set: (part: Partial<Draft>) => void };

/** To whom: a segment, or the people of a file. */
export function AudienceFields({ draft, set }: Props) {
  const { broadcasts, edits } = useTexts();
  const { workspace } = useMember();
  const segments = useQuery(segmentsQuery(workspace));
  const format = useFormat();
  const [fault, setFault] = useState("");
  const [repeated, setRepeated] = useState(0);
  async function read(file: File | null) {
    setRepeated(0);
    if (!file || file.size > MOST_BYTES) {
      setFault(file ? broadcasts.fileFaults.tooMany : "");
      set({ people: [] });
      return;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      const found = peopleOf(text);
      const faults = { ...broadcasts.fileFaults, badNumber: broadcasts.badNumber(found.line) };
      setFault(found.fault && faults[found.fault]);
      setRepeated(found.repeated);
      set({ people: found.people });
    } catch {
      setFault(edits.notUtf8);
      set({ people: [] });
    }
  }
  return (
    <Stack component="section" aria-label={broadcasts.audience}>
      <Title order={2}>{broadcasts.audience}</Title>
      <SegmentedControl
        aria-label={broadcasts.audience}
        value={draft.audience}
        onChange={(audience) => set({ audience: audience as Draft["audience"] })}
        data={[
          { value: "segment", label: broadcasts.segment },
          { value: "list", label: broadcasts.list },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      {draft.audience === "segment" ? (
        <>
          {segments.isError && !segments.data && (
            <ErrorState error={segments.error} onRetry={() => segments.refetch()} />
          )}
          <Select
            aria-label={broadcasts.segment}
            placeholder={broadcasts.chooseSegment}
            description={broadcasts.segmentText}
            searchable
            value={draft.segment || null}
            onChange={(segment) => set({ segment: segment ?? "" })}
            data={segments.data?.data.items.map((one) => one.name) ?? []}
          />
        </>
      ) : (
        <>
          <FileInput
            label={broadcasts.file}
            description={broadcasts.fileText}
            accept=".csv,text/csv"
            clearable
            onChange={(file) => void read(file)}
            error={fault || undefined}
          />
          {draft.people.length > 0 && (
            <Text size="sm">
              {broadcasts.listed(format.number(draft.people.length))}
              {repeated > 0 && ` ${broadcasts.repeated(format.number(repeated))}`}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
