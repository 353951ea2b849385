import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { Card } from "./Card";
import classes from "./Dashboard.module.css";
import { change } from "./figures";
import { useToday } from "./useToday";

/** Today's figures beside those of the same day last week. Each opens the list behind it. */
export function TodayFigures({ workspace }: { workspace: string }) {
  const { dashboard } = useTexts();
  const format = useFormat();
  const figures = useToday(workspace, true);
  const budget = useBudget(workspace);
  if (figures.isPending)
    return (
      <Card title={dashboard.today}>
        <Skeleton h={180} />
      </Card>
    );
  if (figures.isError && !figures.data)
    return (
      <Card title={dashboard.today}>
        <ErrorState error={figures.error} onRetry={() => figures.refetch()} />
      </Card>
    );
  const { today, before } = figures.data;
  const seconds = (value: number | null) =>
    value === null
      ? "–"
      : Number.isFinite(value)
        ? format.duration(value)
        : dashboard.moreThan(format.duration(86_400));
  return (
    <Card title={dashboard.today}>
      <div className={classes.figures}>
        <Figure
          name={dashboard.received}
          value={format.number(today.received)}
          note={compared(today.received, before.received)}
          to={`/w/${workspace}/inbox?folder=all`}
        />
        <Figure
          name={dashboard.byBot}
          value={format.number(today.byBot)}
          note={compared(today.byBot, before.byBot)}
          to={`/w/${workspace}/inbox?folder=bot`}
        />
        <Figure
          name={dashboard.byPeople}
          value={format.number(today.byPeople)}
          note={compared(today.byPeople, before.byPeople)}
          to={`/w/${workspace}/inbox?folder=people`}
        />
        <Figure
          name={dashboard.firstAnswer}
          value={seconds(today.firstAnswer)}
          note={today.nineOfTen === null ? dashboard.noneYet : dashboard.nineOfTen(seconds(today.nineOfTen))}
          to={`/w/${workspace}/analytics`}
        />
        <Figure
          name={dashboard.failed}
          value={format.number(today.failed)}
          note={compared(today.failed, before.failed)}
          to={`/w/${workspace}/analytics`}
        />
        <Figure
          name={dashboard.spent}
          value={format.money(today.usd, "USD")}
          note={
            budget === null
              ? dashboard.lastWeek(format.money(before.usd, "USD"))
              : dashboard.ofBudget(format.money(budget, "USD"))
          }
          to={`/w/${workspace}/analytics`}
        />
        <Figure
          name={dashboard.orders}
          value={format.number(today.orders)}
          note={compared(today.orders, before.orders)}
          to={`/w/${workspace}/orders`}
        />
      </div>
    </Card>
  );

  function compared(now: number, then: number): string {
    const share = change(now, then);
    const was = dashboard.lastWeek(format.number(then));
    if (share === null || share === 0) return was;
    return `${share > 0 ? "+" : "−"}${format.percent(Math.abs(share))} · ${was}`;
  }
}

function Figure({ name, value, note, to }: { name: string; value: string; note: string; to: string }) {
  return (
    <Link className={classes.figure} to={to}>
      <span>{name}</span>
      <strong>{value}</strong>
      <small>{note}</small>
    </Link>
  );
}

/** Returns the day's budget for models in dollars; null until it is known. */
function useBudget(workspace: string): number | null {
  const { data } = useQuery({
    queryKey: [workspace, "settings", "bot"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/settings/{section}", {
          params: { path: { workspace, section: "bot" } },
          signal,
        }),
      ),
    staleTime: 300_000,
  });
  const bot = (data?.values.bot ?? data?.values) as Record<string, unknown> | undefined;
  const budget = Number(bot?.daily_budget_usd);
  return Number.isFinite(budget) ? budget : null;
}
