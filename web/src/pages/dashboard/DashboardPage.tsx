import { useParams } from "@tanstack/react-router";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { Page } from "../../ui/Page";
import { PhoneButton } from "../phone/PhoneButton";
import { ChannelsCard } from "./ChannelsCard";
import classes from "./Dashboard.module.css";
import { NextCard } from "./NextCard";
import { TodayFigures } from "./TodayFigures";
import { WaitingCard } from "./WaitingCard";

/** The state of the workspace at a glance: who waits, how today goes, what needs a hand. */
export function DashboardPage() {
  const { dashboard } = useTexts();
  const { workspace } = useParams({ from: "/w/$workspace" });
  const member = useMember();
  const format = useFormat();
  return (
    <Page title={dashboard.title} text={format.date(new Date())} actions={<PhoneButton hiddenFrom="xs" />}>
      <div className={classes.columns}>
        <WaitingCard workspace={workspace} />
        <NextCard workspace={workspace} />
      </div>
      {member.can("analytics_read") && <TodayFigures workspace={workspace} />}
      {member.can("channels_read") && <ChannelsCard workspace={workspace} />}
    </Page>
  );
}
