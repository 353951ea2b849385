import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import type { Tab } from "../analytics/routes";
import { Card } from "./Card";
import classes from "./Dashboard.module.css";
import { AUTHORS, change } from "./figures";
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
  const within = (seconds: number | null) =>
    seconds === null
      ? "–"
      : Number.isFinite(seconds)
        ? dashboard.within(format.duration(seconds))
        : dashboard.moreThan(format.duration(86_400));
  /** The address of what a number counts today. */
  const list = (tab: Tab, measure?: string, label?: string) => {
    const search = {
      tab,
      range: "today",
      ...(measure ? { list: measure } : {}),
      ...(label ? { label } : {}),
    };
    return `/w/${workspace}/analytics?${new URLSearchParams(search)}`;
  };
  return (
    <Card title={dashboard.today}>
      <div className={classes.figures}>
        <Figure
          name={dashboard.conversations}
          value={format.number(today.conversations)}
          note={compared(today.conversations, before.conversations)}
          to={list("conversations", "conversations")}
        />
        {AUTHORS.map((author) => (
          <Figure
            key={author}
            name={dashboard.answersOf[author]}
            value={format.number(today.answers[author])}
            note={compared(today.answers[author], before.answers[author])}
            to={list("answers", "sent", author)}
          />
        ))}
        <Figure
          name={dashboard.firstAnswer}
          value={within(today.median)}
          note={today.nineOfTen === null ? dashboard.noneYet : dashboard.nineOfTen(within(today.nineOfTen))}
          to={list("people", "answered")}
        />
        {today.newCustomers !== null && (
          <Figure
            name={dashboard.newCustomers}
            value={format.number(today.newCustomers)}
            note={compared(today.newCustomers, before.newCustomers ?? 0)}
            to={list("conversations", "new_customers")}
          />
        )}
        <Figure
          name={dashboard.orders}
          value={format.number(today.orders)}
          note={compared(today.orders, before.orders)}
          to={list("conversations", "orders")}
        />
        <Figure
          name={dashboard.failed}
          value={format.number(today.failed)}
          note={compared(today.failed, before.failed)}
          to={list("delivery", "failed")}
        />
        <Figure
          name={dashboard.spent}
          value={format.money(today.usd, "USD")}
          note={
            budget === null
              ? dashboard.lastWeek(format.money(before.usd, "USD"))
              : dashboard.ofBudget(format.money(budget, "USD"))
          }
          to={list("costs", "ai_answers")}
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
