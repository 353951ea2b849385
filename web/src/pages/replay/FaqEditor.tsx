import {
  Alert,
  Button,
  FileButton,
  Group,
  Stack,
  Text,
  Textarea,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronDown, IconPlus, IconSearch, IconTrash, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../texts";
import { fromCsv } from "../../ui/csv";
import type { FaqText } from "../faq/queries";
import { faqsOfTable, isWhole } from "./draft";
import classes from "./FaqEditor.module.css";
import shared from "./Replay.module.css";

type Props = { faqs: readonly FaqText[]; changed: boolean; onChange: (faqs: FaqText[] | null) => void };

const SHOWN = 50;

/** The FAQs that are tried: edited here, or from a file. */
export function FaqEditor({ faqs, changed, onChange }: Props) {
  const { replay: texts } = useTexts();
  const [q, setQ] = useState("");
  const [open, setOpen] = useState<number | null>(null);
  const [fault, setFault] = useState(false);
  const wanted = q.trim().toLowerCase();
  const found = faqs
    .map((faq, place) => ({ faq, place }))
    .filter(
      ({ faq, place }) => place === open || `${faq.question} ${faq.answer}`.toLowerCase().includes(wanted),
    );
  const set = (place: number, change: Partial<FaqText>) =>
    onChange(faqs.map((faq, at) => (at === place ? { ...faq, ...change } : faq)));
  const read = async (file: File | null) => {
    const table = file ? faqsOfTable(fromCsv(await file.text())) : null;
    setFault(file !== null && table === null);
    if (table) onChange(table);
  };
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <TextInput
          type="search"
          aria-label={texts.faqSearch}
          placeholder={texts.faqSearch}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          flex="1 1 220px"
        />
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => {
            onChange([{ question: "", answer: "", variants: [] }, ...faqs]);
            setOpen(0);
          }}
        >
          {texts.faqAdd}
        </Button>
        <FileButton accept=".csv,text/csv" onChange={(file) => void read(file)}>
          {(props) => (
            <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} {...props}>
              CSV
            </Button>
          )}
        </FileButton>
        {changed && (
          <Button variant="subtle" onClick={() => onChange(null)}>
            {texts.asItIs}
          </Button>
        )}
      </Group>
      {fault && <Alert color="red">{texts.faqFault}</Alert>}
      <ul className={classes.faqs}>
        {found.slice(0, SHOWN).map(({ faq, place }) => (
          <li key={place} className={classes.faq}>
            <UnstyledButton
              className={classes.faqHead}
              aria-expanded={open === place}
              onClick={() => setOpen(open === place ? null : place)}
            >
              <Text span size="sm" fw={550} truncate>
                {faq.question || texts.faqNew}
              </Text>
              <IconChevronDown size={16} aria-hidden className={shared.chevron} data-open={open === place} />
            </UnstyledButton>
            {open === place && (
              <Stack gap="xs" p="sm" pt={0}>
                <TextInput
                  label={texts.question}
                  maxLength={500}
                  value={faq.question}
                  onChange={(event) => set(place, { question: event.currentTarget.value })}
                />
                <Textarea
                  label={texts.answer}
                  autosize
                  minRows={2}
                  maxRows={12}
                  maxLength={4000}
                  value={faq.answer}
                  onChange={(event) => set(place, { answer: event.currentTarget.value })}
                />
                <Textarea
                  label={texts.variants}
                  description={texts.variantsText}
                  autosize
                  minRows={2}
                  maxRows={10}
                  value={faq.variants.join("\n")}
                  onChange={(event) => set(place, { variants: event.currentTarget.value.split("\n") })}
                  onBlur={() =>
                    set(place, { variants: faq.variants.map((one) => one.trim()).filter(Boolean) })
                  }
                />
                {!isWhole(faq) && (
                  <Text size="xs" c="dimmed">
                    {texts.faqUnfinished}
                  </Text>
                )}
                <Button
                  variant="subtle"
                  color="red"
                  size="xs"
                  style={{ alignSelf: "flex-start" }}
                  leftSection={<IconTrash size={15} aria-hidden />}
                  onClick={() => {
                    onChange(faqs.filter((_, at) => at !== place));
                    setOpen(null);
                  }}
                >
                  {texts.faqRemove}
                </Button>
              </Stack>
            )}
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.faqNone}
        </Text>
      )}
      {found.length > SHOWN && (
        <Text size="sm" c="dimmed">
          {texts.faqMore(found.length - SHOWN)}
        </Text>
      )}
    </Stack>
  );
}
