import { Button, TextInput } from "@mantine/core";
import { IconBook2, IconGitCompare, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ContentTabs } from "../../ui/ContentTabs";
import { CsvButton } from "../../ui/CsvButton";
import { CsvImport } from "../../ui/CsvImport";
import { DataTable, wholeList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { ManagedNote, useEdit } from "../../ui/edits";
import { Page } from "../../ui/Page";
import { RowMenu } from "../../ui/RowMenu";
import classes from "./Faq.module.css";
import { FaqForm } from "./FaqForm";
import { Quality } from "./Quality";
import { type Faq, faqsQuery } from "./queries";
import { TryBox } from "./TryBox";

export function FaqPage() {
  const { faq } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const query = useQuery(faqsQuery(workspace));
  const [open, setOpen] = useState<Faq | "new" | null>(null);
  const [q, setQ] = useState("");
  const edit = useEdit("faqs");
  const writes = member.can("content_write");
  const tag = query.data?.tag ?? "";
  const all = query.data?.data.items;
  const items = all?.filter((one) => matches(one, q));
  function remove(id: string) {
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match }) =>
          answer(
            api.DELETE("/api/v1/workspaces/{workspace}/faqs/{faq}", {
              params: { path: { workspace, faq: id }, query: { dry_run }, header: { "If-Match": match } },
            }),
          ),
      },
      newKey(),
    );
  }
  return (
    <Page
      wide
      title={faq.title}
      text={faq.text}
      actions={
        <>
          <CsvButton path={`/api/v1/workspaces/${workspace}/faqs/export`} name={`${workspace}-faqs.csv`} />
          {member.can("replays_run") && seesAll(member) && (
            <Button
              variant="default"
              component={Link}
              to={`/w/${workspace}/replays/new` as string}
              search={{ change: "faq" } as never}
              leftSection={<IconGitCompare size={16} aria-hidden />}
            >
              {faq.tryOnPast}
            </Button>
          )}
          {writes && (
            <>
              <CsvImport
                part="faqs"
                tag={tag}
                send={(text, { mode, dry_run, tag: match }) =>
                  answer(
                    api.POST("/api/v1/workspaces/{workspace}/faqs/import", {
                      params: {
                        path: { workspace },
                        query: { mode, dry_run },
                        header: { "If-Match": match },
                      },
                      body: text as never,
                      bodySerializer: (body: unknown) => body as string,
                      headers: { "Content-Type": "text/csv" },
                    }),
                  )
                }
              />
              <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen("new")}>
                {faq.add}
              </Button>
            </>
          )}
        </>
      }
    >
      <ContentTabs />
      <ManagedNote managed={query.data?.data.managed} />
      {edit.error ? <ErrorState error={edit.error} /> : null}
      <div className={classes.columns}>
        <DataTable
          label={faq.title}
          list={wholeList({ ...query, data: items })}
          rowKey={(row) => row.id}
          name={(row) => row.question}
          onOpen={setOpen}
          tools={
            <TextInput
              aria-label={faq.search}
              placeholder={faq.search}
              type="search"
              leftSection={<IconSearch size={16} aria-hidden />}
              value={q}
              onChange={(event) => setQ(event.currentTarget.value)}
              miw={260}
            />
          }
          columns={[
            {
              key: "question",
              title: faq.question,
              cell: (row) => (
                <>
                  <bdi>{row.question}</bdi>
                  {row.variants.length > 0 && (
                    <span className={classes.variants}>{faq.variantCount(row.variants.length)}</span>
                  )}
                </>
              ),
            },
            {
              key: "answer",
              title: faq.answer,
              cell: (row) => (
                <div className={classes.answer} dir="auto">
                  {row.answer}
                </div>
              ),
              grow: true,
            },
            ...(writes
              ? [
                  {
                    key: "menu",
                    title: "",
                    cell: (row: Faq) => (
                      <RowMenu
                        name={row.question}
                        items={[
                          { label: faq.edit, run: () => setOpen(row) },
                          { label: faq.remove, run: () => remove(row.id), danger: true },
                        ]}
                      />
                    ),
                  },
                ]
              : []),
          ]}
          empty={
            <EmptyState
              icon={<IconBook2 size={36} stroke={1.3} aria-hidden />}
              title={q ? faq.noneFound : faq.none}
              text={q ? undefined : faq.noneText}
            />
          }
        />
        <aside className={classes.side}>
          <TryBox />
          <Quality faqs={all ?? []} onOpen={setOpen} />
        </aside>
      </div>
      {open && (
        <FaqForm faq={open === "new" ? null : open} readOnly={!writes} onClose={() => setOpen(null)} />
      )}
      {edit.dialog}
    </Page>
  );
}

function matches(faq: Faq, q: string): boolean {
  const wanted = q.trim().toLowerCase();
  return (
    !wanted || [faq.question, faq.answer, ...faq.variants].some((text) => text.toLowerCase().includes(wanted))
  );
}
