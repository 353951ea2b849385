import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useTyped } from "../../ui/useTyped";
import { segmentsQuery } from "../segments/queries";
import type { CustomersSearch } from "./routes";

/** Search, segment and tag; they are in the address, so a filtered list can be passed on as a link. */
export function CustomerFilters({ search }: { search: CustomersSearch }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const navigate = useNavigate();
  const segments = useQuery(segmentsQuery(workspace));
  const show = (next: CustomersSearch) =>
    navigate({ to: `/w/${workspace}/customers` as string, search: next as never, replace: true });
  const q = useTyped(search.q ?? "", (text) => void show({ ...search, q: text || undefined }));
  const tag = useTyped(search.tag ?? "", (text) => void show({ ...search, tag: text || undefined }));
  const findLater = useDebouncedCallback(q.commit, 300);
  const tagLater = useDebouncedCallback(tag.commit, 300);
  const names = segments.data?.data.items.map((one) => one.name) ?? [];
  return (
    <>
      <TextInput
        aria-label={customers.search}
        placeholder={customers.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        value={q.text}
        onChange={(event) => {
          q.setText(event.currentTarget.value);
          findLater(event.currentTarget.value);
        }}
        miw={260}
      />
      <Select
        aria-label={customers.segment}
        placeholder={customers.anySegment}
        data={names}
        value={search.segment ?? null}
        onChange={(segment) => void show({ ...search, segment: segment ?? undefined })}
        disabled={Boolean(search.q)}
        clearable
        searchable
        maw={200}
      />
      <TextInput
        aria-label={customers.tag}
        placeholder={customers.anyTag}
        value={tag.text}
        onChange={(event) => {
          tag.setText(event.currentTarget.value);
          tagLater(event.currentTarget.value);
        }}
        disabled={Boolean(search.q)}
        maw={160}
      />
    </>
  );
}
