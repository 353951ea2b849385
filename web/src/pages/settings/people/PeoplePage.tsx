import { Anchor, Avatar, Badge, Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { IconMailForward, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { type Column, DataTable, wholeList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { Page } from "../../../ui/Page";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { membersQuery } from "../../inbox/members";
import { InviteDialog } from "./InviteDialog";
import { MemberDialog } from "./MemberDialog";
import { useInvitations } from "./useInvitations";

type Member = Schemas["MemberAnswer"];

/** Members of the workspace, open invitations, and the rules for everybody. */
export function PeoplePage() {
  const { settings, people: texts } = useTexts();
  const { workspace, can, me } = useMember();
  const members = useQuery({ ...membersQuery(workspace), staleTime: 30_000 });
  const [opened, setOpened] = useState<Member | null>(null);
  const [inviting, setInviting] = useState(false);
  const full = can("members_write");
  const columns: Column<Member>[] = [
    {
      key: "name",
      title: texts.name,
      grow: true,
      fixed: true,
      cell: (one) => (
        <Group gap="sm" wrap="nowrap">
          <Avatar name={one.name} color="initials" size={30} aria-hidden />
          <div>
            <Text size="sm" fw={550}>
              {one.name}
              {one.id === me.id && ` (${texts.you})`}
            </Text>
            {one.email && (
              <Text size="xs" c="dimmed">
                {one.email}
              </Text>
            )}
          </div>
        </Group>
      ),
    },
    { key: "role", title: texts.role, nowrap: true, cell: (one) => texts.roles[one.role].label },
    {
      key: "sees",
      title: texts.sees,
      cell: (one) =>
        [texts.seesShort[one.sees], one.channels.length ? one.channels.join(", ") : ""]
          .filter(Boolean)
          .join(" · "),
    },
    ...(full
      ? [
          {
            key: "factor",
            title: texts.secondFactor,
            cell: (one: Member) => (one.second_factor ? texts.on : texts.off),
          },
          {
            key: "seen",
            title: texts.seen,
            nowrap: true,
            cell: (one: Member) =>
              one.disabled ? (
                <Badge color="gray">{texts.disabled}</Badge>
              ) : (
                <TimeText at={one.seen_at} shape="relative" empty={texts.never} />
              ),
          },
        ]
      : []),
  ];
  const invite = full && (
    <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
      {texts.invite}
    </Button>
  );
  return (
    <Page title={settings.pages.people} text={settings.about.people} actions={invite}>
      <DataTable
        label={settings.pages.people}
        columns={columns}
        list={wholeList({ ...members, data: members.data?.items })}
        rowKey={(one) => one.id}
        name={(one) => one.name}
        onOpen={setOpened}
        empty={<EmptyState title={texts.nobody} />}
      />
      {full && <OpenInvitations />}
      <MemberRules />
      <section aria-label={texts.rolesTitle}>
        <Title order={2} size="h4" mt={40} mb="sm">
          {texts.rolesTitle}
        </Title>
        <Stack gap="xs" maw={720}>
          {(["owner", "admin", "agent", "viewer"] as const).map((role) => (
            <Text size="sm" key={role}>
              <Text span fw={600}>
                {texts.roles[role].label}:
              </Text>{" "}
              {texts.roles[role].text}
            </Text>
          ))}
        </Stack>
      </section>
      {opened && <MemberDialog member={opened} onClose={() => setOpened(null)} />}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}

function OpenInvitations() {
  const { people: texts } = useTexts();
  const { workspace } = useMember();
  const withProof = useProof();
  const asked = useInvitations();
  const withdraw = useMutation({
    mutationFn: (invitation: string) =>
      withProof(() =>
        answer(
          api.DELETE("/api/v1/workspaces/{workspace}/invitations/{invitation}", {
            params: { path: { workspace, invitation } },
          }),
        ),
      ),
    onSuccess: () => asked.refetch(),
  });
  return (
    <section aria-label={texts.invitations}>
      <Title order={2} size="h4" mt={40} mb="sm">
        {texts.invitations}
      </Title>
      {!asked.data && (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconMailForward size={15} />}
          loading={asked.isFetching}
          onClick={() => asked.refetch()}
        >
          {texts.showInvitations}
        </Button>
      )}
      <RequestError error={asked.error} />
      {asked.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noInvitations}
        </Text>
      )}
      <Stack gap="xs">
        {asked.data?.items.map((one) => (
          <Group key={one.id} gap="sm">
            <Text size="sm" flex="0 1 26rem">
              <Text span fw={550}>
                {one.email}
              </Text>{" "}
              · {texts.roles[one.role].label} · {texts.ends} <TimeText at={one.ends_at} shape="relative" />
            </Text>
            <Anchor component="button" type="button" size="sm" onClick={() => withdraw.mutate(one.id)}>
              {texts.withdraw}
            </Anchor>
          </Group>
        ))}
      </Stack>
      <RequestError error={withdraw.error} />
    </section>
  );
}

function MemberRules() {
  const { people: texts } = useTexts();
  const { workspace, role } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const rules = useQuery({
    queryKey: [workspace, "member-rules"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/member-rules", { params: { path: { workspace } }, signal }),
      ),
  });
  const set = useMutation({
    mutationFn: (body: Schemas["Rules"]) =>
      withProof(() =>
        answer(
          api.PUT("/api/v1/workspaces/{workspace}/member-rules", {
            params: { path: { workspace } },
            body,
          }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: [workspace, "member-rules"] }),
  });
  const isOwner = role === "owner";
  const now = rules.data ?? { second_factor: false, agents_see_numbers: true };
  const isFixed = !rules.data || !isOwner || set.isPending;
  return (
    <section aria-label={texts.rule}>
      <Title order={2} size="h4" mt={40} mb="sm">
        {texts.rule}
      </Title>
      <Switch
        label={texts.ruleLabel}
        description={isOwner ? texts.ruleText : texts.ruleOwners}
        checked={now.second_factor}
        disabled={isFixed}
        onChange={(event) => set.mutate({ ...now, second_factor: event.currentTarget.checked })}
      />
      <Switch
        mt="md"
        label={texts.numbersLabel}
        description={isOwner ? texts.numbersText : texts.ruleOwners}
        checked={now.agents_see_numbers ?? true}
        disabled={isFixed}
        onChange={(event) => set.mutate({ ...now, agents_see_numbers: event.currentTarget.checked })}
      />
      <RequestError error={set.error} />
    </section>
  );
}
