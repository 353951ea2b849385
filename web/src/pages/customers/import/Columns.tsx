import { Alert, Select, Table, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { type Header, MEANINGS, type Meaning, problemOf } from "./columns";

type Props = { header: Header; meanings: readonly Meaning[]; onChange: (meanings: Meaning[]) => void };

/** Lets somebody say what each column of a file is; titles that are known have their meaning already. */
export function Columns({ header, meanings, onChange }: Props) {
  const { customers } = useTexts();
  const problem = problemOf(meanings);
  const data = MEANINGS.map((value) => ({ value, label: customers.meanings[value] }));
  return (
    <section aria-label={customers.columnsAre}>
      <Text size="sm" fw={600} mb={4}>
        {customers.columnsAre}
      </Text>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {header.titles.map((title, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity than their place
            <Table.Tr key={place}>
              <Table.Td dir="auto">{title || customers.untitled(place + 1)}</Table.Td>
              <Table.Td>
                <Select
                  aria-label={customers.columnIs(title || customers.untitled(place + 1))}
                  data={data}
                  value={meanings[place] ?? "leave"}
                  allowDeselect={false}
                  onChange={(chosen) => onChange(meanings.with(place, chosen as Meaning))}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {problem && (
        <Alert color="orange" role="alert" mt="xs">
          {customers.columnProblems[problem]}
        </Alert>
      )}
    </section>
  );
}
