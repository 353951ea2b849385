import { Alert, Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFileText } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { ProblemError } from "../../api/problem";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../ErrorState";
import { Loading } from "../Loading";
import { RefreshFailed } from "../RefreshFailed";
import { RequestError } from "../RequestError";
import { ConflictDialog } from "./ConflictDialog";
import { FieldInput } from "./FieldInput";
import { FileLinesDialog } from "./FileLinesDialog";
import type { Field, FieldGroup } from "./fields";
import { HistoryList } from "./HistoryList";
import { ReviewDialog } from "./ReviewDialog";
import classes from "./SectionForm.module.css";
import { fieldError, type Section, useSection } from "./useSection";
import { isSame, valueAt } from "./values";

type Props = {
  section: Section;
  page: string;
  groups: readonly FieldGroup[];
  /** Names of places within fields, such as `hours.mon`, for the list of what would change. */
  places?: Readonly<Record<string, string>>;
  /** Stands beside the form, with the values as they are being edited. */
  aside?: (value: (path: string) => unknown) => ReactNode;
};

/** A form of one section of the settings: shows what would change before it saves, and what was changed before. */
export function SectionForm({ section, page, groups, places, aside }: Props) {
  const { forms } = useTexts();
  const member = useMember();
  const state = useSection(section, page);
  const [reviewing, setReviewing] = useState(false);
  const { query, review, save, changed } = state;
  useWarning(changed.length > 0);
  useShownField(query.isSuccess);
  if (query.isPending) return <Loading />;
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  const { managed, defaults } = query.data;
  const ofFile = managed.managed_by === "file";
  const mayWrite = member.can("settings_write");
  const errors = [review.error, save.error];
  const lines = snippetOf(review.error);
  const outdated = [review.error, save.error].some(
    (error) => error instanceof ProblemError && error.status === 412,
  );
  const fields = groups.flatMap((group) => group.fields);
  const labels = { ...Object.fromEntries(fields.map((field) => [field.path, field.label])), ...places };
  const others = errors.filter(
    (error) => !(error instanceof ProblemError && (error.status === 412 || snippetOf(error))),
  );

  async function startReview() {
    save.reset();
    const found = await review.mutateAsync(state.patch).catch(() => null);
    if (found) setReviewing(true);
  }

  function input(field: Field) {
    const fallback = valueAt(defaults, field.path);
    const value = state.value(field.path);
    return (
      <Box
        key={field.path}
        className={classes.field}
        data-changed={changed.includes(field.path) || undefined}
      >
        <FieldInput
          id={`field-${field.path}`}
          field={field}
          value={value}
          onChange={(next) => state.set(field.path, next)}
          error={fieldError(errors, field.path)}
          disabled={!mayWrite || !!field.operators}
          fallback={fallback}
        />
        {mayWrite && field.kind !== "custom" && !field.operators && !isSame(value, fallback) && (
          <button
            type="button"
            className={classes.reset}
            onClick={() => state.set(field.path, fallback ?? null)}
            aria-label={`${forms.toDefault}: ${field.label}`}
          >
            {forms.toDefault}
          </button>
        )}
      </Box>
    );
  }

  return (
    <>
      <RefreshFailed query={query} />
      {ofFile && (
        <Alert role="note" color="blue" icon={<IconFileText />} mb="lg" title={forms.ofFileTitle}>
          {forms.ofFile}
        </Alert>
      )}
      {!mayWrite && (
        <Alert role="note" color="gray" mb="lg">
          {forms.readOnly}
        </Alert>
      )}
      <div className={classes.columns}>
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (changed.length) void startReview();
          }}
        >
          {groups.map((group, index) => (
            <section key={group.title ?? index} className={classes.group} aria-label={group.title}>
              {group.title && (
                <Stack gap={2} mb="md">
                  <Title order={2} size="h4">
                    {group.title}
                  </Title>
                  {group.text && (
                    <Text size="sm" c="dimmed">
                      {group.text}
                    </Text>
                  )}
                </Stack>
              )}
              <Stack gap="lg">{group.fields.map(input)}</Stack>
            </section>
          ))}
          {others.map(
            (error) =>
              error && !hasField(error, fields) && <RequestError key={String(error)} error={error} />,
          )}
          {mayWrite && changed.length > 0 && (
            <section className={classes.bar} aria-label={forms.unsavedRegion}>
              <Text size="sm" fw={600}>
                {forms.unsaved(changed.length)}
              </Text>
              <Group gap="xs">
                <Button variant="default" onClick={state.discard}>
                  {forms.discard}
                </Button>
                <Button type="submit" loading={review.isPending}>
                  {ofFile ? forms.showLines : forms.review}
                </Button>
              </Group>
            </section>
          )}
        </form>
        {aside && <aside className={classes.aside}>{aside(state.value)}</aside>}
      </div>
      <HistoryList
        section={section}
        labels={labels}
        fields={fields}
        onUndone={state.refresh}
        etag={query.data.etag}
      />
      {reviewing && review.data && !outdated && (
        <ReviewDialog
          changes={review.data.changes}
          wholes={{ before: (path) => valueAt(query.data.values, path), after: state.value }}
          fields={fields}
          labels={labels}
          pending={save.isPending}
          error={save.error}
          onClose={() => setReviewing(false)}
          onSave={() =>
            save.mutate(
              { patch: state.patch },
              {
                onSuccess: () => {
                  setReviewing(false);
                  notifications.show({ message: forms.saved, color: "teal" });
                },
                onError: (error) => {
                  if (error instanceof ProblemError && error.status === 412) setReviewing(false);
                },
              },
            )
          }
        />
      )}
      {lines && <FileLinesDialog lines={lines} onClose={() => review.reset()} />}
      {outdated && (
        <ConflictDialog
          section={section}
          state={state}
          labels={labels}
          fields={fields}
          onClose={() => {
            review.reset();
            save.reset();
          }}
        />
      )}
    </>
  );
}

function snippetOf(error: unknown): string {
  return error instanceof ProblemError && error.problem === "managed-by-file"
    ? String(error.more.snippet ?? "")
    : "";
}

function hasField(error: unknown, fields: readonly Field[]): boolean {
  return fields.some((field) => fieldError([error], field.path));
}

/** Lets the browser ask before it leaves the page; within the console a draft stays by itself. */
function useWarning(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
}

/** Goes to the field that the address names: `#field-history`. */
function useShownField(ready: boolean) {
  useEffect(() => {
    const id = decodeURIComponent(window.location.hash.slice(1));
    const element = ready && id.startsWith("field-") ? document.getElementById(id) : null;
    element?.scrollIntoView({ block: "center" });
    element?.focus();
  }, [ready]);
}
