import { queryOptions } from "@tanstack/react-query";
import { answer, answerWithTag, api, type Schemas } from "../../api/client";

export type Faq = Schemas["FaqShown"];
export type FaqText = Pick<Faq, "question" | "answer" | "variants">;
export type Group = Schemas["UnansweredGroup"];

export const faqsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "faqs"],
    queryFn: ({ signal }) =>
      answerWithTag(
        api.GET("/api/v1/workspaces/{workspace}/faqs", { params: { path: { workspace } }, signal }),
      ),
  });

export const forecastQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "faqs", "forecast"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/faqs/forecast", { params: { path: { workspace } }, signal }),
      ),
    staleTime: 300_000,
  });

export const remarksQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "faqs", "remarks"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/faqs/remarks", { params: { path: { workspace } }, signal }),
      ),
    staleTime: 300_000,
  });

export const unansweredQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "unanswered"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/unanswered", {
          params: { path: { workspace }, query: { limit: 100 } },
          signal,
        }),
      ),
  });
