import { ActionIcon, Code, CopyButton, Group, Input, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTexts } from "../texts";

type Props = { value: string; label?: string; text?: string; block?: boolean };

/** A text to copy into another program, with a button that copies it. block: of several lines. */
export function CopyField({ value, label, text, block = false }: Props) {
  const { common } = useTexts();
  return (
    <Input.Wrapper label={label} description={text} labelElement="div">
      <Group wrap="nowrap" gap="xs" align="flex-start" mt={label ? 4 : 0}>
        <Code
          block={block}
          flex={1}
          p="xs"
          fz="sm"
          style={{ whiteSpace: "pre-wrap", minWidth: 0 }}
          tabIndex={-1}
        >
          {value}
        </Code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? common.copied : common.copy}>
              <ActionIcon
                variant="default"
                size={34}
                onClick={copy}
                aria-label={`${copied ? common.copied : common.copy}${label ? `: ${label}` : ""}`}
              >
                {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
    </Input.Wrapper>
  );
}
