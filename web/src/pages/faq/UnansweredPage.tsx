import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { ContentTabs } from "../../ui/ContentTabs";
import { DataTable, wholeList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { Page } from "../../ui/Page";
import { AnswerForm } from "./AnswerForm";
import { ExampleForm } from "./ExampleForm";
import { type Group as QuestionGroup, unansweredQuery } from "./queries";

export function UnansweredPage() {
  const { faq } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const format = useFormat();
  const groups = useQuery(unansweredQuery(workspace));
  const [open, setOpen] = useState<QuestionGroup | null>(null);
  const writes = member.can("content_write");
  return (
    <Page wide title={faq.unanswered} text={faq.unansweredText}>
      <ContentTabs />
      <DataTable
        label={faq.unanswered}
        list={wholeList({ ...groups, data: groups.data?.items })}
        rowKey={(row) => row.id}
        name={(row) => row.question}
        columns={[
          {
            key: "question",
            title: faq.question,
            cell: (row) => (
              <Stack gap={2}>
                <span dir="auto">{row.question}</span>
                {row.nearest && (
                  <Text size="xs" c="dimmed" fw={400}>
                    {faq.nearest(row.nearest, format.percent(row.score))}
                  </Text>
                )}
              </Stack>
            ),
            grow: true,
          },
          {
            key: "count",
            title: faq.asked,
            cell: (row) => (
              <Badge variant="light" color={row.count > 2 ? "orange" : "gray"} tt="none">
                {faq.times(row.count)}
              </Badge>
            ),
            nowrap: true,
          },
          {
            key: "last",
            title: faq.last,
            cell: (row) => (
              <Link to={`/w/${workspace}/inbox/${row.conversation}` as string}>
                <TimeText at={row.last_at} shape="relative" />
              </Link>
            ),
            nowrap: true,
          },
          ...(writes
            ? [
                {
                  key: "do",
                  title: "",
                  cell: (row: QuestionGroup) => (
                    <Group gap="xs" wrap="nowrap" justify="flex-end">
                      <Button size="xs" onClick={() => setOpen(row)}>
                        {faq.giveAnswer}
                      </Button>
                      <Dismiss group={row} />
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
        empty={
          <EmptyState
            icon={<IconMoodSmile size={36} stroke={1.3} aria-hidden />}
            title={faq.allAnswered}
            text={faq.allAnsweredText}
          />
        }
      />
      {seesAll(member) && <DismissedQuestions />}
      {open && <AnswerForm group={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Dismiss({ group }: { group: QuestionGroup }) {
  const { faq } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const dismiss = useMutation({
    mutationFn: () =>
      once(group.id, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/unanswered/{group}/dismiss", {
            params: { path: { workspace, group: group.id }, header: { "Idempotency-Key": key } },
          }),
        ),
      ),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: [workspace, "unanswered"] }),
        client.invalidateQueries({ queryKey: [workspace, "dismissed"] }),
      ]),
  });
  return (
    <>
      <Button size="xs" variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>
        {faq.dismiss}
      </Button>
      {dismiss.isError && <ErrorState error={dismiss.error} />}
    </>
  );
}

function TakeBack({ example }: { example: Schemas["Dismissed"] }) {
  const { faq } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/v1/workspaces/{workspace}/faqs/dismissed/{example}", {
          params: { path: { workspace, example: example.id } },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "dismissed"] }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        loading={remove.isPending}
        onClick={() => remove.mutate()}
        aria-label={`${faq.takeBack}: ${example.text}`}
      >
        {faq.takeBack}
      </Button>
      {remove.isError && <ErrorState error={remove.error} />}
    </>
  );
}

function DismissedQuestions() {
  const { faq } = useTexts();
  const { workspace, can } = useMember();
  const writes = can("content_write");
  const dismissed = useQuery({
    queryKey: [workspace, "dismissed"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/faqs/dismissed", { params: { path: { workspace } }, signal }),
      ),
  });
  const items = dismissed.data?.items ?? [];
  const [adding, setAdding] = useState(false);
  return (
    <section>
      <Group justify="space-between" mt="xl">
        <Title order={2}>{faq.negative}</Title>
        {writes && (
          <Button size="xs" variant="default" onClick={() => setAdding(true)}>
            {faq.addExample}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        {faq.negativeText}
      </Text>
      <DataTable
        label={faq.negative}
        list={wholeList({ ...dismissed, data: items })}
        rowKey={(row) => row.id}
        name={(row) => row.text}
        columns={[
          {
            key: "text",
            title: faq.question,
            cell: (row) => <span dir="auto">{row.text}</span>,
            grow: true,
          },
          {
            key: "nearest",
            title: faq.notAnsweredBy,
            cell: (row) => <span dir="auto">{row.nearest}</span>,
          },
          ...(writes
            ? [
                {
                  key: "do",
                  title: "",
                  cell: (row: Schemas["Dismissed"]) => <TakeBack example={row} />,
                  align: "end" as const,
                },
              ]
            : []),
        ]}
        empty={<EmptyState title={faq.noExamples} text={faq.noExamplesText} />}
      />
      {adding && <ExampleForm onClose={() => setAdding(false)} />}
    </section>
  );
}
