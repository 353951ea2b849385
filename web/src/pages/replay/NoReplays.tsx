import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { NotAllowed } from "../../ui/NotAllowed";

/** Stands for a page of replays whose address somebody has opened who may not use it; says why. */
export function NoReplays() {
  const { replay: texts } = useTexts();
  return <NotAllowed text={seesAll(useMember()) ? texts.mayNotStart : texts.seesSome} />;
}
