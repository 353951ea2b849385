import { Button, SegmentedControl, SimpleGrid, Skeleton, Text, UnstyledButton } from "@mantine/core";
import {
  IconCalendarEvent,
  IconDoorEnter,
  IconMoodSad,
  IconPackage,
  IconRoute,
  IconShoppingCart,
  IconStar,
  IconTargetArrow,
  IconUserCheck,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLanguage } from "../../../app/LanguageProvider";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ErrorState } from "../../../ui/ErrorState";
import { Page } from "../../../ui/Page";
import { titleOf } from "../names";
import { type Starter, startersQuery } from "../queries";
import { StarterDrawer } from "./StarterDrawer";
import classes from "./Starters.module.css";

const ICONS: Record<string, typeof IconRoute> = {
  welcome: IconDoorEnter,
  shop: IconShoppingCart,
  appointment: IconCalendarEvent,
  "order-status": IconPackage,
  complaint: IconMoodSad,
  survey: IconStar,
  lead: IconTargetArrow,
  "opt-in": IconUserCheck,
};

/** The order of most use; starters without an icon come last. */
function placeOf(one: Starter): number {
  const place = Object.keys(ICONS).indexOf(one.name);
  return place < 0 ? Object.keys(ICONS).length : place;
}

/** Complete flows to begin with; each shows a conversation as customers would have it. */
export function StartersPage() {
  const { flows } = useTexts();
  const { workspace } = useMember();
  const { language: spoken } = useLanguage();
  const [chosen, setChosen] = useState<string | null>(null);
  const language = chosen ?? spoken;
  const [open, setOpen] = useState<Starter | null>(null);
  const query = useQuery(startersQuery(workspace));
  const items = (query.data?.items ?? [])
    .filter((one) => one.language === language)
    .sort((one, other) => placeOf(one) - placeOf(other));
  return (
    <Page
      title={flows.starters}
      text={flows.startersText}
      actions={
        <Button component={Link} to={`/w/${workspace}/flows` as string} variant="default">
          {flows.all}
        </Button>
      }
    >
      <SegmentedControl
        mb="lg"
        aria-label={flows.language}
        value={language}
        onChange={setChosen}
        data={[
          { value: "en", label: "English" },
          { value: "es", label: "Español" },
        ]}
      />
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {query.isPending && ["a", "b", "c", "d", "e", "f"].map((key) => <Skeleton key={key} height={116} />)}
        {items.map((one) => {
          const Icon = ICONS[one.name] ?? IconRoute;
          return (
            <UnstyledButton
              key={one.name}
              className={classes.starter}
              onClick={() => setOpen(one)}
              aria-haspopup="dialog"
            >
              <Icon className={classes.icon} size={26} stroke={1.5} aria-hidden />
              <span>
                <Text fw={600} span display="block">
                  {titleOf(flows.starterTitles, one.name)}
                </Text>
                <Text size="sm" span display="block" lang={one.language}>
                  {one.description}
                </Text>
                <Text size="xs" c="dimmed" span display="block" mt={4}>
                  {flows.stepCount(one.steps)}
                </Text>
              </span>
            </UnstyledButton>
          );
        })}
      </SimpleGrid>
      {open && <StarterDrawer starter={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}
