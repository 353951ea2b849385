import { Anchor, Avatar, Badge, Button, Group, Skeleton, Stack, Tabs, VisuallyHidden } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useRefreshOn } from "../../live/useRefresh";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Page } from "../../ui/Page";
import { ConsentBadge } from "./ConsentBadge";
import { CustomerBroadcasts, CustomerConversations, CustomerOrders } from "./CustomerLists";
import classes from "./Customers.module.css";
import { EditCustomer } from "./EditCustomer";
import { EraseCustomer } from "./EraseCustomer";
import { Facts } from "./Facts";
import { type Customer, customerQuery, nameOf } from "./queries";

export function CustomerPage() {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const { customer: id } = useParams({ strict: false }) as { customer: string };
  const found = useQuery(customerQuery(workspace, id));
  useRefreshOn("customer:changed", [workspace, "customer", id]);
  const title = found.data ? nameOf(found.data) : customers.one;
  return (
    <Page title={title} wide actions={found.data && <Actions customer={found.data} />}>
      <Anchor component={Link} to={`/w/${workspace}/customers` as string} size="sm">
        {customers.back}
      </Anchor>
      {found.isPending && <Skeleton height={240} mt="md" />}
      {found.isError && <ErrorState error={found.error} onRetry={() => found.refetch()} />}
      {found.data && <Details customer={found.data} />}
    </Page>
  );
}

function Actions({ customer }: { customer: Customer }) {
  const { customers } = useTexts();
  const member = useMember();
  const [open, setOpen] = useState<"edit" | "erase" | null>(null);
  return (
    <>
      {member.can("customers_write") && (
        <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setOpen("edit")}>
          {customers.edit}
        </Button>
      )}
      {member.can("customers_erase") && (
        <Button
          variant="default"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => setOpen("erase")}
        >
          {customers.erase}
        </Button>
      )}
      {open === "edit" && <EditCustomer customer={customer} onClose={() => setOpen(null)} />}
      {open === "erase" && <EraseCustomer customer={customer} onClose={() => setOpen(null)} />}
    </>
  );
}

function Details({ customer }: { customer: Customer }) {
  const { customers } = useTexts();
  return (
    <div className={classes.columns} style={{ marginTop: 16 }}>
      <Stack>
        <Group gap="sm" wrap="nowrap">
          <Avatar name={nameOf(customer)} color="initials" size="lg" aria-hidden />
          <Stack gap={4}>
            <ConsentBadge customer={customer} />
            {customer.qualified && (
              <Badge variant="light" tt="none">
                {customers.qualified}
              </Badge>
            )}
          </Stack>
        </Group>
        <Group gap={4}>
          {customer.tags.map((tag) => (
            <Badge key={tag} variant="light" color="gray" tt="none">
              {tag}
            </Badge>
          ))}
        </Group>
        <Facts customer={customer} />
      </Stack>
      <Tabs defaultValue="conversations" keepMounted={false}>
        <VisuallyHidden>
          <h2>{customers.history}</h2>
        </VisuallyHidden>
        <Tabs.List mb="sm">
          <Tabs.Tab value="conversations">{customers.conversations}</Tabs.Tab>
          <Tabs.Tab value="orders">{customers.orders}</Tabs.Tab>
          <Tabs.Tab value="broadcasts">{customers.broadcasts}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="conversations">
          <CustomerConversations customer={customer.id} />
        </Tabs.Panel>
        <Tabs.Panel value="orders">
          <CustomerOrders customer={customer.id} />
        </Tabs.Panel>
        <Tabs.Panel value="broadcasts">
          <CustomerBroadcasts customer={customer.id} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
