import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDeviceMobile } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { pageOptions } from "../../api/pageOptions";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { setDocked, useDocked } from "./dock";

/** Shows the phone beside the page, or on its own page where there is no room. Nothing in front of real providers. */
export function PhoneButton({ compact = false, hiddenFrom }: { compact?: boolean; hiddenFrom?: "xs" }) {
  const { phone } = useTexts();
  const member = useMember();
  const navigate = useNavigate();
  const docked = useDocked();
  const wide = useMediaQuery("(min-width: 62em)");
  if (!pageOptions.phone || !member.can("messages_write")) return null;
  return (
    <Button
      variant={compact ? "light" : "filled"}
      size={compact ? "xs" : "sm"}
      leftSection={<IconDeviceMobile size={16} aria-hidden />}
      aria-pressed={wide && compact ? docked : undefined}
      visibleFrom={compact ? "xs" : undefined}
      hiddenFrom={hiddenFrom}
      onClick={() =>
        wide
          ? setDocked(compact ? !docked : true)
          : void navigate({ to: `/w/${member.workspace}/phone` as string })
      }
    >
      {phone.open}
    </Button>
  );
}
