import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import classes from "../Analytics.module.css";
import { Tile } from "../Count";
import type { TabProps } from "./tab";

export function BroadcastsTab({ now, before }: TabProps) {
  const { analytics: texts } = useTexts();
  const { workspace } = useMember();
  return (
    <>
      <div className={classes.tiles}>
        {(["sent", "delivered", "read"] as const).map((measure) => (
          <Tile
            key={measure}
            name={texts.measures[measure]}
            value={now[measure].broadcast ?? 0}
            before={before?.[measure].broadcast}
            measure={measure}
            label="broadcast"
          />
        ))}
      </div>
      <Text size="sm">
        <Anchor component={Link} to={`/w/${workspace}/broadcasts` as string}>
          {texts.allBroadcasts}
        </Anchor>
      </Text>
    </>
  );
}
