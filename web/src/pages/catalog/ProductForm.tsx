import { Button, Group, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useCurrency } from "../../time/zone";
import { decimalOf } from "../../ui/decimal";
import { ErrorState } from "../../ui/ErrorState";
import { useEdit } from "../../ui/edits";
import { FormModal } from "../../ui/FormModal";
import { catalogQuery, type Product } from "./queries";

/** Writes a product: what it is called, what it costs, and what is said about it. */
export function ProductForm({ product, onClose }: { product: Product | null; onClose: () => void }) {
  const { catalog, common } = useTexts();
  const { workspace } = useMember();
  const latest = useQuery(catalogQuery(workspace));
  const usual = useCurrency();
  const [form, setForm] = useState<Product>(
    product ?? { sku: "", name: "", price: "", currency: usual, description: "" },
  );
  const [tag, setTag] = useState(latest.data?.tag ?? "");
  const edit = useEdit("catalog");
  const set = (name: keyof Product) => (event: { currentTarget: { value: string } }) =>
    setForm({ ...form, [name]: event.currentTarget.value });
  function save() {
    const { sku, ...typed } = form;
    const body = { ...typed, price: decimalOf(typed.price) };
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match }) =>
          answer(
            api.PUT("/api/v1/workspaces/{workspace}/catalog/{sku}", {
              params: {
                path: { workspace, sku: sku.trim() },
                query: { dry_run },
                header: { "If-Match": match },
              },
              body: body as Record<string, unknown> as Record<string, never>,
            }),
          ),
        yours: <Shown product={{ ...form, price: body.price }} />,
        theirs: async () => {
          const { data } = await latest.refetch();
          setTag(data?.tag ?? "");
          const now = data?.data.items.find((one) => one.sku === sku.trim());
          return { shown: now ? <Shown product={now} /> : "–", tag: data?.tag ?? "" };
        },
        done: onClose,
      },
      newKey(),
    );
  }
  return (
    <FormModal opened onClose={onClose} title={product ? catalog.edit : catalog.add} values={form}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          <TextInput
            label={catalog.name}
            value={form.name}
            maxLength={200}
            required
            onChange={set("name")}
            data-autofocus
          />
          <TextInput
            label={catalog.sku}
            description={catalog.skuText}
            value={form.sku}
            maxLength={100}
            required
            disabled={Boolean(product)}
            onChange={set("sku")}
          />
          <SimpleGrid cols={2}>
            <TextInput
              label={catalog.price}
              value={form.price}
              inputMode="decimal"
              pattern="\d+([.,]\d+)?"
              title={catalog.priceText}
              required
              onChange={set("price")}
            />
            <TextInput
              label={catalog.currency}
              value={form.currency}
              pattern="[A-Z]{3}"
              title={catalog.currencyText}
              maxLength={3}
              required
              onChange={(event) => setForm({ ...form, currency: event.currentTarget.value.toUpperCase() })}
            />
          </SimpleGrid>
          <Textarea
            label={catalog.description}
            value={form.description}
            maxLength={1000}
            autosize
            minRows={3}
            onChange={set("description")}
          />
          {edit.error ? <ErrorState error={edit.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={edit.isPending}>
              {catalog.review}
            </Button>
          </Group>
        </Stack>
      </form>
      {edit.dialog}
    </FormModal>
  );
}

function Shown({ product }: { product: Product }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {product.name}
      </Text>
      <Text size="sm">
        {product.price} {product.currency}
      </Text>
      <Text size="sm">{product.description}</Text>
    </Stack>
  );
}
