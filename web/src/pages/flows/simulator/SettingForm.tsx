import { Button, Checkbox, Group, NativeSelect, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { inZone } from "../../../time/zoned";
import { FormModal } from "../../../ui/FormModal";
import { fieldsOf, linesOfFields } from "./fields";
import type { Setting } from "./talk";

type Props = { setting: Setting; onSave: (setting: Setting) => void; onClose: () => void };

const ORDER = { number: "K7M4-Q2", total: "9.00", currency: "USD" };
const ORDER_STATES = ["placed", "confirmed", "paid", "shipped", "delivered", "cancelled"] as const;

/** The simulated customer, and the time at which the conversation begins. */
export function SettingForm({ setting, onSave, onClose }: Props) {
  const { common, flowTry: t } = useTexts();
  const format = useFormat();
  const { customer } = setting;
  const [name, setName] = useState(customer.name ?? "");
  const [tags, setTags] = useState<string[]>(customer.tags ?? []);
  const [fields, setFields] = useState(linesOfFields(customer.fields ?? {}));
  const [qualified, setQualified] = useState(customer.qualified ?? false);
  const [optedOut, setOptedOut] = useState(customer.opted_out ?? false);
  const [order, setOrder] = useState(customer.recent_orders?.[0]?.state?.toString() ?? "");
  const [ad, setAd] = useState(setting.ad);
  const [silent, setSilent] = useState(setting.silent);
  const [local, setLocal] = useState("");
  const found = fieldsOf(fields);
  function save() {
    onSave({
      customer: {
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(tags.length ? { tags } : {}),
        ...(Object.keys(found.fields).length ? { fields: found.fields } : {}),
        ...(qualified ? { qualified } : {}),
        ...(optedOut ? { opted_out: optedOut } : {}),
        ...(order ? { order_count: 1, recent_orders: [{ ...ORDER, state: order }] } : {}),
        ...(ad.trim() ? { lead_source: { source_type: "ad", source_id: ad.trim() } } : {}),
      },
      ad: ad.trim(),
      now: local ? inZone(local, format.zone).at.toISOString() : setting.now,
      silent,
    });
  }
  return (
    <FormModal
      values={{ name, tags, fields, qualified, optedOut, order, ad, silent, local }}
      opened
      onClose={onClose}
      title={t.customer}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!found.wrong) save();
        }}
      >
        <Stack>
          <TextInput
            label={t.name}
            placeholder="Ada"
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <TagsInput label={t.tags} value={tags} onChange={setTags} />
          <Textarea
            label={t.fields}
            description={t.fieldsText}
            placeholder="city: Lagos"
            autosize
            minRows={2}
            value={fields}
            error={found.wrong ? t.fieldsWrong(found.wrong) : null}
            onChange={(event) => setFields(event.currentTarget.value)}
          />
          <Checkbox
            label={t.qualified}
            checked={qualified}
            onChange={(event) => setQualified(event.currentTarget.checked)}
          />
          <Checkbox
            label={t.optedOut}
            checked={optedOut}
            onChange={(event) => setOptedOut(event.currentTarget.checked)}
          />
          <NativeSelect
            label={t.lastOrder}
            value={order}
            onChange={(event) => setOrder(event.currentTarget.value)}
            data={[
              { value: "", label: t.noOrder },
              ...ORDER_STATES.map((value) => ({ value, label: t.orderStates[value] })),
            ]}
          />
          <TextInput
            label={t.ad}
            description={t.adText}
            value={ad}
            maxLength={200}
            onChange={(event) => setAd(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t.begins}
            description={t.beginsText(format.zone, setting.now ? format.dateTime(setting.now) : "")}
            value={local}
            onChange={(event) => setLocal(event.currentTarget.value)}
          />
          <Checkbox
            label={t.silent}
            description={t.silentText}
            checked={silent}
            onChange={(event) => setSilent(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit">{t.restart}</Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
