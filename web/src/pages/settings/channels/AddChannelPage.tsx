import { Anchor, Button, Group, Radio, Stack, Stepper, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { NotAllowed } from "../../../ui/NotAllowed";
import { Page } from "../../../ui/Page";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { ChannelFields } from "./ChannelFields";
import { CheckList } from "./CheckList";
import { Credentials } from "./Credentials";
import { inventSecret, PROVIDERS, type ProviderName } from "./providers";
import { channelsQuery } from "./queries";
import { TestMessage } from "./TestMessage";
import { WebhookAddress } from "./WebhookAddress";

/** Adds a number step by step. What was typed stays through errors, proofs and new sign-ins until the channel exists. */
export function AddChannelPage() {
  return useMember().can("credentials") ? <Steps /> : <NotAllowed />;
}

function Steps() {
  const { channels: texts } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const navigate = useNavigate();
  const withProof = useProof();
  const [step, setStep] = useState(0);
  const [provider, setProvider] = useState<ProviderName>("meta");
  const [id, setId] = useState("");
  const [values, setValues] = useState<Record<string, string>>(() => ({
    verify_token: inventSecret(),
    webhook_secret: inventSecret(),
  }));
  const key = useRef(newKey());
  const list = useQuery(channelsQuery(workspace));
  const added = list.data?.items.find((one) => one.id === id);
  const { fields } = PROVIDERS[provider];
  const add = useMutation({
    mutationFn: () => {
      const given = fields.filter((field) => values[field.name]?.trim());
      const body = Object.fromEntries(given.map((field) => [field.name, values[field.name]?.trim()]));
      return withProof(() =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/channels", {
            params: { path: { workspace }, header: { "Idempotency-Key": key.current } },
            body: { ...body, id, provider },
          }),
        ),
      );
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "channels"] });
      setStep(2);
    },
    onError: (error) => {
      // The fields will be changed, so the next try is another request.
      if (error instanceof ProblemError && error.status < 500) key.current = newKey();
    },
  });
  const errors = Object.fromEntries(
    (add.error instanceof ProblemError ? add.error.fields : []).map((one) => [
      one.pointer.replace(/^#\//, "").split("/")[0],
      one.message,
    ]),
  );
  const back = (to: number) => (
    <Button variant="default" onClick={() => setStep(to)}>
      {texts.back}
    </Button>
  );
  return (
    <Page title={texts.addTitle} text={texts.addText}>
      <Anchor component={Link} to={`/w/${workspace}/settings/channels` as string} size="sm">
        ← {texts.all}
      </Anchor>
      <Stepper active={step} mt="lg" size="sm" iconSize={32} allowNextStepsSelect={false} maw={760}>
        <Stepper.Step label={texts.steps.provider}>
          <Stack mt="lg">
            <Radio.Group
              label={texts.chooseProvider}
              value={provider}
              onChange={(next) => setProvider(next as ProviderName)}
            >
              <Stack mt="sm">
                {Object.entries(PROVIDERS).map(([name, one]) => (
                  <Radio
                    key={name}
                    value={name}
                    label={one.title}
                    description={texts.providers[name as ProviderName]}
                  />
                ))}
              </Stack>
            </Radio.Group>
            <Group justify="flex-end">
              <Button onClick={() => setStep(1)}>{texts.next}</Button>
            </Group>
          </Stack>
        </Stepper.Step>
        <Stepper.Step label={texts.steps.credentials}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add.mutate();
            }}
          >
            <Stack mt="lg">
              <ChannelFields
                id={id}
                onId={setId}
                fields={fields}
                values={values}
                errors={errors}
                onChange={(name, value) => setValues({ ...values, [name]: value })}
              />
              {Object.keys(errors).length === 0 || errors[""] ? <RequestError error={add.error} /> : null}
              <Group justify="flex-end">
                {back(0)}
                <Button type="submit" loading={add.isPending}>
                  {texts.store}
                </Button>
              </Group>
            </Stack>
          </form>
        </Stepper.Step>
        <Stepper.Step label={texts.steps.webhook}>
          <Stack mt="lg">
            {added && (
              <WebhookAddress
                channel={added}
                verify={provider === "msg91" ? values.webhook_secret : values.verify_token}
              />
            )}
            <Group justify="flex-end">
              <Button onClick={() => setStep(3)}>{texts.next}</Button>
            </Group>
          </Stack>
        </Stepper.Step>
        <Stepper.Step label={texts.steps.check}>
          <Stack mt="lg">
            <Text size="sm">{texts.checkText}</Text>
            {step === 3 && (
              <section aria-label={texts.checks}>
                <CheckList channel={id} live />
              </section>
            )}
            {added && <Credentials channel={added} ofFile={false} />}
            <TestMessage channel={id} />
            <Group justify="flex-end">
              {back(2)}
              <Button onClick={() => navigate({ to: `/w/${workspace}/settings/channels/${id}` as string })}>
                {texts.done}
              </Button>
            </Group>
          </Stack>
        </Stepper.Step>
      </Stepper>
    </Page>
  );
}
