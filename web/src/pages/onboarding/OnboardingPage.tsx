import { Anchor, Progress, Skeleton, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Page } from "../../ui/Page";
import classes from "./Onboarding.module.css";
import { type Step, useSteps } from "./useSteps";

/** The way to the first real number: what is done, and what is next. */
export function OnboardingPage() {
  const { onboarding } = useTexts();
  const { workspace } = useParams({ from: "/w/$workspace" });
  const { steps, operates, loading, error, again } = useSteps(workspace);
  const done = steps.filter((step) => step.done).length;
  return (
    <Page title={onboarding.title} text={onboarding.text}>
      {!operates && <Text mb="md">{onboarding.notAllowed}</Text>}
      {error ? (
        <ErrorState error={error} onRetry={again} />
      ) : loading ? (
        <Skeleton h={320} />
      ) : (
        <div className={classes.steps}>
          <Text size="sm" mb={6} role="status">
            {onboarding.progress(done, steps.length)}
          </Text>
          <Progress
            value={(100 * done) / steps.length}
            aria-label={onboarding.progress(done, steps.length)}
            mb="lg"
          />
          <ol className={classes.list}>
            {steps.map((step) => (
              <StepLine key={step.title} step={step} workspace={workspace} />
            ))}
          </ol>
          <Text size="sm" c="dimmed" mt="md">
            {onboarding.checking}
          </Text>
        </div>
      )}
    </Page>
  );
}

function StepLine({ step, workspace }: { step: Step; workspace: string }) {
  const { onboarding } = useTexts();
  return (
    <li className={classes.step} data-done={step.done || undefined}>
      {step.done ? (
        <IconCircleCheckFilled size={24} aria-label={onboarding.done} role="img" />
      ) : (
        <IconCircleDashed size={24} aria-label={onboarding.open} role="img" />
      )}
      <div>
        <strong>{step.title}</strong>
        <p>{step.text}</p>
      </div>
      {step.action && !step.done && (
        <Anchor component={Link} to={`/w/${workspace}/${step.action.to}` as string} size="sm">
          {step.action.text}
        </Anchor>
      )}
    </li>
  );
}
