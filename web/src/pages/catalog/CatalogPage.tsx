import { Button, Group, Title } from "@mantine/core";
import { IconPlus, IconShoppingBag } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ContentTabs } from "../../ui/ContentTabs";
import { CsvButton } from "../../ui/CsvButton";
import { CsvImport } from "../../ui/CsvImport";
import { DataTable, wholeList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { ManagedNote, useEdit } from "../../ui/edits";
import { Page } from "../../ui/Page";
import { PhoneMessage } from "../../ui/PhoneMessage";
import { RowMenu } from "../../ui/RowMenu";
import faqClasses from "../faq/Faq.module.css";
import { ProductForm } from "./ProductForm";
import { catalogQuery, type Product } from "./queries";

export function CatalogPage() {
  const { catalog } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const format = useFormat();
  const query = useQuery(catalogQuery(workspace));
  const [open, setOpen] = useState<Product | "new" | null>(null);
  const edit = useEdit("catalog");
  const writes = member.can("content_write");
  const tag = query.data?.tag ?? "";
  const items = query.data?.data.items;
  function remove(sku: string) {
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match }) =>
          answer(
            api.DELETE("/api/v1/workspaces/{workspace}/catalog/{sku}", {
              params: { path: { workspace, sku }, query: { dry_run }, header: { "If-Match": match } },
            }),
          ),
      },
      newKey(),
    );
  }
  return (
    <Page
      wide
      title={catalog.title}
      text={catalog.text}
      actions={
        <>
          <CsvButton
            path={`/api/v1/workspaces/${workspace}/catalog/export`}
            name={`${workspace}-catalog.csv`}
          />
          {writes && (
            <>
              <CsvImport
                part="catalog"
                tag={tag}
                send={(text, { mode, dry_run, tag: match }) =>
                  answer(
                    api.POST("/api/v1/workspaces/{workspace}/catalog/import", {
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
                {catalog.add}
              </Button>
            </>
          )}
        </>
      }
    >
      <ContentTabs />
      <ManagedNote managed={query.data?.data.managed} />
      {edit.error ? <ErrorState error={edit.error} /> : null}
      <div className={faqClasses.columns}>
        <DataTable
          label={catalog.title}
          list={wholeList({ ...query, data: items })}
          rowKey={(row) => row.sku}
          name={(row) => row.name}
          onOpen={writes ? setOpen : undefined}
          columns={[
            { key: "name", title: catalog.name, cell: (row) => <bdi>{row.name}</bdi> },
            { key: "sku", title: catalog.sku, cell: (row) => row.sku, nowrap: true },
            {
              key: "description",
              title: catalog.description,
              cell: (row) => <bdi>{row.description}</bdi>,
              grow: true,
            },
            {
              key: "price",
              title: catalog.price,
              cell: (row) => format.money(row.price, row.currency),
              align: "end",
              nowrap: true,
            },
            ...(writes
              ? [
                  {
                    key: "menu",
                    title: "",
                    cell: (row: Product) => (
                      <RowMenu
                        name={row.name}
                        items={[
                          { label: catalog.edit, run: () => setOpen(row) },
                          { label: catalog.remove, run: () => remove(row.sku), danger: true },
                        ]}
                      />
                    ),
                  },
                ]
              : []),
          ]}
          empty={
            <EmptyState
              icon={<IconShoppingBag size={36} stroke={1.3} aria-hidden />}
              title={catalog.none}
              text={catalog.noneText}
            />
          }
        />
        {items && items.length > 0 && <Preview />}
      </div>
      {open && <ProductForm product={open === "new" ? null : open} onClose={() => setOpen(null)} />}
      {edit.dialog}
    </Page>
  );
}

/** A page of the catalogue as customers get it. */
function Preview() {
  const { catalog } = useTexts();
  const { workspace } = useMember();
  const [page, setPage] = useState(1);
  const preview = useQuery({
    queryKey: [workspace, "catalog", "preview", page],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/catalog/preview", {
          params: { path: { workspace }, query: { page } },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
  return (
    <aside aria-label={catalog.preview}>
      <Title order={2} size="h5" mb="xs">
        {catalog.preview}
      </Title>
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {preview.data && <PhoneMessage text={preview.data.text} />}
      {preview.data && preview.data.pages > 1 && (
        <Group mt="xs" gap="xs">
          <Button size="xs" variant="default" disabled={page <= 1} onClick={() => setPage(page - 1)}>
            {catalog.before}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={page >= preview.data.pages}
            onClick={() => setPage(page + 1)}
          >
            {catalog.next}
          </Button>
        </Group>
      )}
    </aside>
  );
}
