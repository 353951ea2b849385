import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../../../texts";

type Props = { minWidth: number; heads: readonly string[]; empty: boolean; children: ReactNode };

/** A table of a tab: the first column names the row, the others have numbers. empty: there are no rows. */
export function NumbersTable({ minWidth, heads, empty, children }: Props) {
  const { analytics: texts } = useTexts();
  return (
    <Table.ScrollContainer minWidth={minWidth}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head, place) => (
              <Table.Th key={head} ta={place === 0 ? undefined : "end"}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {children}
          {empty && (
            <Table.Tr>
              <Table.Td colSpan={heads.length} c="dimmed">
                {texts.nothing}
              </Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
