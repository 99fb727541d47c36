import { expect, test } from "vitest";
import { problemOf } from "../src/api/outcome";

test("what was refused of several things says the same as if it had been asked for alone", () => {
  const problem = problemOf({
    code: 9,
    message: "the state forbids it",
    details: [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "STATE_FORBIDS", metadata: { rule: "ACCOUNT" } },
      {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        violations: [{ type: "ACCOUNT", subject: "customers/1", description: "nobody must approve" }],
      },
    ] as never,
  });
  expect([problem.reason, problem.metadata["rule"]]).toEqual(["STATE_FORBIDS", "ACCOUNT"]);
  expect(problem.preconditions).toEqual([{ rule: "ACCOUNT", description: "nobody must approve" }]);
});
