import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useProof } from "../../../ui/Proof";

/**
 * The open invitations, only when they are asked for by `refetch`: they need a fresh proof of the person, and a refresh
 * in the background must not ask for a password.
 */
export function useInvitations() {
  const { workspace } = useMember();
  const withProof = useProof();
  return useQuery({
    queryKey: [workspace, "invitations"],
    queryFn: ({ signal }) =>
      withProof(() =>
        answer(
          api.GET("/api/v1/workspaces/{workspace}/invitations", { params: { path: { workspace } }, signal }),
        ),
      ),
    enabled: false,
    retry: false,
  });
}
