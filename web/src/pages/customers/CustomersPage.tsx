import { Button } from "@mantine/core";
import { IconFileImport, IconUsers } from "@tabler/icons-react";
import { Link, useSearch } from "@tanstack/react-router";
import { seesAll, useMember } from "../../app/me";
import { useRefreshOn } from "../../live/useRefresh";
import { useTexts } from "../../texts";
import { DataTable, useCursorList, useSelection } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { CustomerFilters } from "./CustomerFilters";
import { CustomerTabs } from "./CustomerTabs";
import { useCustomerColumns } from "./columns";
import { ExportButton } from "./ExportButton";
import { customersKey, loadCustomers, nameOf } from "./queries";
import { SelectionBar } from "./SelectionBar";

export function CustomersPage() {
  const { customers } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const search = useSearch({ from: "/w/$workspace/customers" });
  const key = customersKey(workspace, search);
  const list = useCursorList(key, (cursor, signal) => loadCustomers(workspace, search, cursor, signal));
  const selection = useSelection(JSON.stringify(key));
  const columns = useCustomerColumns(list.rows);
  useRefreshOn("customer:changed", [workspace, "customers"]);
  const filtered = Boolean(search.q || search.tag || search.segment);
  return (
    <Page
      wide
      title={customers.title}
      text={customers.text}
      actions={
        <>
          {member.can("customers_import") && (
            <Button
              component={Link}
              to={`/w/${workspace}/customers/import` as string}
              variant="default"
              leftSection={<IconFileImport size={16} aria-hidden />}
            >
              {customers.import}
            </Button>
          )}
          {member.can("customers_export") && seesAll(member) && (
            <ExportButton segment={search.segment ?? ""} />
          )}
        </>
      }
    >
      <CustomerTabs />
      {selection.keys.size > 0 && <SelectionBar selection={selection} />}
      <DataTable
        label={customers.title}
        columns={columns}
        list={list}
        rowKey={(row) => row.id}
        name={nameOf}
        href={(row) => `/w/${workspace}/customers/${row.id}`}
        selection={member.can("customers_write") ? selection : undefined}
        choice="customers"
        tools={<CustomerFilters search={search} />}
        empty={
          <EmptyState
            icon={<IconUsers size={36} stroke={1.3} aria-hidden />}
            title={filtered ? customers.noneFound : customers.none}
            text={filtered ? customers.noneFoundText : customers.noneText}
          />
        }
      />
    </Page>
  );
}
