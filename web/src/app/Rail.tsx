import { Link } from "@tanstack/react-router";
import { useTexts } from "../texts";
import classes from "./Frame.module.css";
import { useMember } from "./me";
import { NAVIGATION } from "./navigation";

export function Rail() {
  const { frame } = useTexts();
  const member = useMember();
  return (
    <nav className={classes.rail} aria-label={frame.navigation}>
      {NAVIGATION.filter((item) => member.can(item.right)).map(({ key, path, icon: Icon }) => (
        <Link key={path} to={`/w/${member.workspace}/${path}` as string} className={classes.item}>
          <Icon size={20} stroke={1.7} />
          {frame[key]}
        </Link>
      ))}
    </nav>
  );
}
