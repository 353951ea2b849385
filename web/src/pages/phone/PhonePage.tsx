import { pageOptions } from "../../api/pageOptions";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import classes from "./PhonePage.module.css";
import { PhonePanel } from "./PhonePanel";

/** The phone on a page of its own: for a second window, or a small screen. */
export function PhonePage() {
  const { phone } = useTexts();
  const member = useMember();
  return (
    <Page title={phone.title} text={pageOptions.phone ? phone.text : undefined}>
      {!pageOptions.phone ? (
        <EmptyState title={phone.real} text={phone.realText} />
      ) : !member.can("messages_write") ? (
        <EmptyState title={phone.viewer} />
      ) : (
        <div className={classes.alone}>
          <PhonePanel />
        </div>
      )}
    </Page>
  );
}
