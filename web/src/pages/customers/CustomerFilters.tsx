import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { segmentsQuery } from "../segments/queries";
import type { CustomersSearch } from "./routes";

/** Search, segment and tag; they are in the address, so a filtered list can be passed on as a link. */
export function CustomerFilters({ search }: { search: CustomersSearch }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const navigate = useNavigate();
  const segments = useQuery(segmentsQuery(workspace));
  const [q, setQ] = useState(search.q ?? "");
  const [tag, setTag] = useState(search.tag ?? "");
  const show = (next: CustomersSearch) =>
    navigate({ to: `/w/${workspace}/customers` as string, search: next as never, replace: true });
  const showLater = useDebouncedCallback((next: CustomersSearch) => void show(next), 300);
  const names = segments.data?.data.items.map((one) => one.name) ?? [];
  return (
    <>
      <TextInput
        aria-label={customers.search}
        placeholder={customers.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        value={q}
        onChange={(event) => {
          const value = event.currentTarget.value;
          setQ(value);
          showLater({ ...search, q: value.trim() || undefined });
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
        value={tag}
        onChange={(event) => {
          const value = event.currentTarget.value;
          setTag(value);
          showLater({ ...search, tag: value.trim() || undefined });
        }}
        disabled={Boolean(search.q)}
        maw={160}
      />
    </>
  );
}
