import { Table, Text, Title } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { funnelOf } from "./counts";
import { better, difference } from "./difference";
import type { Broadcast } from "./queries";

const NAMES = ["people", "sent", "delivered", "read", "failed"] as const;

/** Both variants of a comparison side by side, and in words what their difference says and does not say. */
export function Comparison({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const halves = (["a", "b"] as const).map((half) => {
    const steps = funnelOf(broadcast.variants[half] ?? {});
    return Object.fromEntries(steps.map(({ name, count }) => [name, count])) as Record<
      (typeof NAMES)[number],
      number
    >;
  });
  const out = halves.map((half) => half.sent + half.failed);
  const [a, b] = halves as [(typeof halves)[0], (typeof halves)[0]];
  const templates = [broadcast.content, broadcast.other] as { name: string; language: string }[];
  const waits = ["scheduled", "running", "paused"].includes(broadcast.stage);
  return (
    <section aria-label={broadcasts.comparison}>
      <Title order={2} mb="xs">
        {broadcasts.comparison}
      </Title>
      <Table.ScrollContainer minWidth={420} maw={720}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              {templates.map((template, place) => (
                <Table.Th key={place === 0 ? "a" : "b"} ta="end">
                  {place === 0 ? "A" : "B"} · {template.name} ({template.language})
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {NAMES.map((name) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400}>
                  {broadcasts.steps[name]}
                </Table.Th>
                {halves.map((half, place) => (
                  <Table.Td
                    key={place === 0 ? "a" : "b"}
                    ta="end"
                    data-variant={`${place === 0 ? "a" : "b"} ${name}`}
                  >
                    {format.number(half[name])}
                    {name !== "people" && (out[place] ?? 0) > 0 && (
                      <Text span size="sm" c="dimmed">
                        {" "}
                        {format.percent(half[name] / (out[place] as number))}
                      </Text>
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {(["delivered", "read"] as const).map((name) => (
        <Verdict
          key={name}
          name={name}
          a={{ hits: a[name], of: out[0] ?? 0 }}
          b={{ hits: b[name], of: out[1] ?? 0 }}
        />
      ))}
      <Text size="sm" c="dimmed" mb="xl">
        {waits ? broadcasts.stillComing : broadcasts.ofThoseSent}
      </Text>
    </section>
  );
}

type Share = { hits: number; of: number };

function Verdict({ name, a, b }: { name: "delivered" | "read"; a: Share; b: Share }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const words = broadcasts.verdicts[name];
  const found = difference(a, b);
  if (!found) return <Text my="xs">{broadcasts.tooFew(words.title)}</Text>;
  const winner = better(found);
  const hundred = (share: number) => format.number(Math.round(Math.abs(share) * 1000) / 10);
  const { low, high } = found;
  return (
    <Text my="xs" data-verdict={name}>
      <Text span fw={600}>
        {winner ? words.better(winner) : broadcasts.noDifference(words.title)}
      </Text>{" "}
      {winner
        ? broadcasts.between(
            hundred(Math.min(Math.abs(low), Math.abs(high))),
            hundred(Math.max(Math.abs(low), Math.abs(high))),
          )
        : broadcasts.either(hundred(low), hundred(high))}
    </Text>
  );
}
