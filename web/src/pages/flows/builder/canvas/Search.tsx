import { CloseButton, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { useTexts } from "../../../../texts";
import { isComposing } from "../../../../ui/composing";
import { useDraftView } from "../draft/DraftProvider";
import { stepValues } from "../draft/values";
import { lookOf } from "../kindLooks";
import { useSelection } from "../selection";
import classes from "./Canvas.module.css";

const MOST = 8;

/** Finds steps by their names and all their texts. */
export function Search({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { builder: t } = useTexts();
  const selection = useSelection();
  const graph = useDraftView((view) => view.graph);
  const model = useDraftView((view) => view.model);
  const [wanted, setWanted] = useState("");
  const [chosen, setChosen] = useState(0);
  const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const found = wanted.trim()
    ? graph.steps.filter((step) =>
        plain(`${step.name} ${JSON.stringify(stepValues(model, step.name))}`).includes(plain(wanted.trim())),
      )
    : [];
  const shown = found.slice(0, MOST);

  function pick(name: string | undefined) {
    if (!name) return;
    selection.select(name);
    onClose();
    onDone();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      event.preventDefault();
      setChosen((now) => (now + step + shown.length) % shown.length);
    } else if (event.key === "Enter") pick(shown[chosen]?.name);
    else if (event.key === "Escape") {
      onClose();
      onDone();
    } else return;
    event.stopPropagation();
  }

  return (
    <search className={classes.search}>
      <TextInput
        aria-label={t.search}
        placeholder={t.searchHint}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<CloseButton size="sm" aria-label={t.closeSearch} onClick={onClose} />}
        value={wanted}
        autoFocus
        onChange={(event) => {
          setWanted(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls="found-steps"
        aria-activedescendant={shown[chosen] ? `found-${shown[chosen].name}` : undefined}
      />
      {wanted.trim() && (
        <div id="found-steps" role="listbox" aria-label={t.search} className={classes.found}>
          {shown.map((step, place) => {
            const { icon: Icon } = lookOf(step.kind);
            return (
              <UnstyledButton
                key={step.name}
                id={`found-${step.name}`}
                role="option"
                tabIndex={-1}
                aria-selected={place === chosen}
                className={classes.foundStep}
                onClick={() => pick(step.name)}
              >
                <Icon size={15} aria-hidden />
                <span>{step.name}</span>
                <Text span size="xs" c="dimmed" truncate>
                  {step.words}
                </Text>
              </UnstyledButton>
            );
          })}
          <Text size="xs" c="dimmed" px="xs" py={4}>
            {t.foundSteps(found.length)}
          </Text>
        </div>
      )}
    </search>
  );
}
