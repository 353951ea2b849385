import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTexts } from "../texts";
import { LateMenu } from "../ui/LateMenu";
import classes from "./Frame.module.css";
import { useMember } from "./me";
import { type NavigationItem, shownTo } from "./navigation";
import { useMineWaiting } from "./useMineWaiting";

const PHONE = "(max-width: 48em)";
const ON_PHONES = ["inbox", "customers", "orders", "dashboard"];

/** The pages of the workspace; on phones a bar at the bottom with four of them, and the others in a menu. */
export function Rail() {
  const { frame, common } = useTexts();
  const member = useMember();
  const navigate = useNavigate();
  const phone = useMediaQuery(PHONE, window.matchMedia(PHONE).matches);
  const waiting = useMineWaiting();
  const items = shownTo(member);
  const shown = phone ? ON_PHONES.flatMap((key) => items.find((item) => item.key === key) ?? []) : items;
  const others = items.filter((item) => !shown.includes(item));
  return (
    <nav className={classes.rail} aria-label={frame.navigation}>
      {shown.map((item) => (
        <RailLink key={item.path} item={item} badge={item.key === "inbox" ? waiting : 0} />
      ))}
      {others.length > 0 && (
        <LateMenu
          position="top-end"
          items={others.map(({ key, path, icon: Icon }) => ({
            key: path,
            label: frame[key],
            icon: <Icon size={18} stroke={1.7} />,
            act: () => void navigate({ to: `/w/${member.workspace}/${path}` as string }),
          }))}
          button={
            <UnstyledButton className={classes.item}>
              <IconDots size={20} stroke={1.7} />
              {common.more}
            </UnstyledButton>
          }
        />
      )}
    </nav>
  );
}

function RailLink({ item: { key, path, icon: Icon }, badge }: { item: NavigationItem; badge: number }) {
  const { frame } = useTexts();
  const { workspace } = useMember();
  return (
    <Link to={`/w/${workspace}/${path}` as string} className={classes.item}>
      <span className={classes.icon}>
        <Icon size={20} stroke={1.7} />
        {badge > 0 && (
          <span className={classes.badge}>
            {badge > 49 ? "50+" : badge}
            <VisuallyHidden> {frame.mineWaiting}</VisuallyHidden>
          </span>
        )}
      </span>
      {frame[key]}
    </Link>
  );
}
