import { CloseButton, Title } from "@mantine/core";
import { type ReactNode, useRef } from "react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { Drawer } from "../../../ui/dialogs/Drawer";
import { useFocusBack } from "../../../ui/useFocusBack";
import type { Action } from "../conversation/useActions";
import { AboutConversation } from "./AboutConversation";
import { CustomerCard } from "./CustomerCard";
import { CustomerOrders } from "./CustomerOrders";
import { History } from "./History";
import classes from "./Panel.module.css";
import { useWide } from "./useWide";

type Props = {
  details: Schemas["ConversationDetails"];
  opened: boolean;
  onClose: () => void;
  onAct: (action: Action) => void;
};

/** All that is known of the customer: beside the conversation, or over it on narrow windows. */
export function SidePanel(props: Props) {
  const { panel: t } = useTexts();
  const wide = useWide();
  const parts = <Parts {...props} />;
  if (!wide) {
    return (
      <Drawer opened={props.opened} onClose={props.onClose} position="right" title={t.title} size="sm">
        {parts}
      </Drawer>
    );
  }
  return props.opened ? <Beside onClose={props.onClose}>{parts}</Beside> : null;
}

function Beside({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const { panel: t } = useTexts();
  const own = useRef<HTMLElement>(null);
  useFocusBack(own);
  return (
    <aside ref={own} className={classes.panel} aria-label={t.title}>
      <div className={classes.head}>
        <Title order={2} size="h5">
          {t.title}
        </Title>
        <CloseButton aria-label={t.close} onClick={onClose} />
      </div>
      {children}
    </aside>
  );
}

function Parts({ details, onAct }: Props) {
  const { row } = details;
  return (
    <>
      <CustomerCard customer={row.customer.id} conversation={row.id} />
      <CustomerOrders customer={row.customer.id} />
      <AboutConversation details={details} onAct={onAct} />
      <History customer={row.customer.id} conversation={row.id} />
    </>
  );
}
