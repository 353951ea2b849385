import { Stepper } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { NotAllowed } from "../../../ui/NotAllowed";
import { Page } from "../../../ui/Page";
import { CustomerTabs } from "../CustomerTabs";
import { isOver, type Job, jobQuery } from "../jobs";
import { ChooseFile } from "./ChooseFile";
import { JobList } from "./JobList";
import { Result } from "./Result";
import { Review } from "./Review";
import { Running } from "./Running";

/**
 * The import of customers in three steps. The job is in the address: whoever comes back later, on another computer or
 * after a crash, goes on where it is.
 */
export function ImportPage() {
  const { can } = useMember();
  return can("customers_import") && can("jobs_read") ? <Import /> : <NotAllowed />;
}

function Import() {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const { job: id } = useSearch({ from: "/w/$workspace/customers/import" });
  const navigate = useNavigate();
  const show = (job?: string) =>
    void navigate({
      to: `/w/${workspace}/customers/import` as string,
      search: (job ? { job } : {}) as never,
    });
  const job = useQuery({ ...jobQuery(workspace, id ?? ""), enabled: Boolean(id) });
  return (
    <Page wide title={customers.jobs} text={customers.importText}>
      <CustomerTabs />
      <Stepper active={id ? stepOf(job.data) : 0} size="sm" mb="xl" allowNextStepsSelect={false}>
        <Stepper.Step label={customers.stepFile} />
        <Stepper.Step label={customers.stepCheck} />
        <Stepper.Step label={customers.stepImport} />
      </Stepper>
      {!id && <ChooseFile onQueued={show} />}
      {id && job.isPending && <Loading />}
      {id && job.isError && <ErrorState error={job.error} onRetry={() => job.refetch()} />}
      {job.data && <Step job={job.data} onAgain={() => show()} />}
      <JobList onOpen={show} />
    </Page>
  );
}

function Step({ job, onAgain }: { job: Job; onAgain: () => void }) {
  if (!isOver(job)) return <Running job={job} />;
  if (job.state === "checked") return <Review job={job} onAgain={onAgain} />;
  return <Result job={job} onAgain={onAgain} />;
}

function stepOf(job: Job | undefined): number {
  if (!job || job.state === "checked" || !job.write) return 1;
  return job.state === "done" ? 3 : 2;
}
