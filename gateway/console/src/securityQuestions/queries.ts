// Everything that the console asks about the list of security questions, and what it changes of it.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";

export type SecurityQuestion = Schemas["identity.v1.SecurityQuestion"];

/** Every question that can be chosen, by its words. */
export const questionsQuery = queryOptions({
  queryKey: ["securityQuestions"],
  queryFn: async ({ signal }) => {
    const questions: SecurityQuestion[] = [];
    let pageToken = "";
    do {
      const params = { query: { pageSize: 100, pageToken } };
      const page = await answer(api.GET("/v1/securityQuestions", { params, signal }));
      questions.push(...page.securityQuestions);
      pageToken = page.nextPageToken;
    } while (pageToken);
    return questions;
  },
  staleTime: 60_000,
});

/** One question as it is now. */
export function readQuestion(question: string): Promise<SecurityQuestion> {
  return answer(api.GET("/v1/securityQuestions/{question}", { params: { path: { question } } }));
}

/** Adds questions to the list, changes their words and takes them from it. */
export function useQuestionActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: questionsQuery.queryKey });
  return {
    create: useMutation({
      mutationFn: ({ body, id }: { body: SecurityQuestion; id: string }) =>
        traced(api.POST("/v1/securityQuestions", { body, params: { header: { "Idempotency-Key": id } } })),
      onSuccess,
    }),
    update: useMutation({
      mutationFn: ({ id, fields, etag }: { id: string; fields: Partial<SecurityQuestion>; etag: string }) =>
        traced(
          api.PATCH("/v1/securityQuestions/{question}", {
            params: {
              path: { question: id },
              query: { updateMask: Object.keys(fields).join(",") },
              header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
            },
            body: fields,
          }),
        ),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (question: string) =>
        traced(
          api.DELETE("/v1/securityQuestions/{question}", {
            params: { path: { question }, header: { "Idempotency-Key": requestId() } },
          }),
        ),
      onSuccess,
    }),
  };
}
