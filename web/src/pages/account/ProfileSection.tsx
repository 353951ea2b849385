import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/LanguageProvider";
import { meQuery } from "../../app/me";
import { LANGUAGES, type Language, useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { EmailForm } from "./EmailForm";
import { Section } from "./Section";

export function ProfileSection({ me }: { me: Schemas["Me"] }) {
  const { account, common } = useTexts();
  const { language } = useLanguage();
  const client = useQueryClient();
  const initialValues = { name: me.name, zone: me.zone, language: me.language || language };
  const form = useForm({ initialValues });
  const save = useMutation({
    mutationFn: (values: typeof initialValues) => answer(api.PATCH("/api/v1/me", { body: values })),
    onSuccess: (_, values) => {
      form.resetDirty(values);
      notifications.show({ message: account.saved, color: "parley" });
      return client.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <Section title={account.profile}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <FormError error={save.error} fields={["name", "zone", "language"]} />
          <TextInput
            label={account.name}
            description={account.nameText}
            autoComplete="name"
            maxLength={100}
            required
            withAsterisk={false}
            {...form.getInputProps("name")}
          />
          <Group grow align="flex-start">
            <Select
              label={account.language}
              allowDeselect={false}
              data={(Object.keys(LANGUAGES) as Language[]).map((value) => ({
                value,
                label: LANGUAGES[value],
              }))}
              {...form.getInputProps("language")}
            />
            <Select
              label={account.zone}
              searchable
              limit={60}
              data={me.zone && !zones.includes(me.zone) ? [me.zone, ...zones] : zones}
              placeholder={account.noZone}
              {...form.getInputProps("zone")}
              value={form.values.zone || null}
              onChange={(zone) => form.setFieldValue("zone", zone ?? me.zone)}
            />
          </Group>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()} w="fit-content">
            {common.save}
          </Button>
        </Stack>
      </form>
      <EmailForm email={me.email} />
    </Section>
  );
}
