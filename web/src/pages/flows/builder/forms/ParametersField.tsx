import { Button, Input } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import { TextRows } from "./TextRows";
import { useErrorAt, useValue } from "./useField";

const MOST = 20;

/** The texts for the places of a template, in their order; the same text may stand in several. */
export function ParametersField({ label, path }: { label: string; path: Path }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const found = useValue(path);
  const error = useErrorAt(path);
  const texts = Array.isArray(found) ? found.map(String) : [];
  return (
    <Input.Wrapper label={label} component="div">
      {texts.length > 0 && (
        <TextRows
          path={path}
          texts={texts}
          nameOf={t.parameterNumber}
          hideLabels
          error={error}
          onRemove={(place) =>
            draft.apply({ op: "unset", path: texts.length === 1 ? [...path] : [...path, place] })
          }
        />
      )}
      {mayEdit && texts.length < MOST && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            mt={4}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() =>
              draft.apply({ op: "set", path: [...path, texts.length], value: "{{ customer.name }}" })
            }
          >
            {t.addParameter}
          </Button>
        </div>
      )}
    </Input.Wrapper>
  );
}
