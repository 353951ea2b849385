import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTexts } from "../texts";
import { download } from "./download";
import { words } from "./ErrorState";
import { ProofDeclined, useProof } from "./Proof";

/** Downloads a list of the API as CSV. path: of the list; name: of the file. */
export function CsvButton({ path, name }: { path: string; name: string }) {
  const texts = useTexts();
  const withProof = useProof();
  const keep = useMutation({
    mutationFn: () => withProof(() => download(path, name)),
    onError: (error) => {
      if (!(error instanceof ProofDeclined))
        notifications.show({ color: "red", message: words(error, texts) });
    },
  });
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
      loading={keep.isPending}
      onClick={() => keep.mutate()}
    >
      CSV
    </Button>
  );
}
