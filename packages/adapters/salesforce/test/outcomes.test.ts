import { salesforce } from "@watchword/adapter-salesforce";
import type { Authority } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ACME, CASE } from "./salesforce-fixture.ts";
import { support } from "./support-declaration.ts";

const adapter = salesforce(support);
const planned = (operation: string, values: Authority["arguments"]): Authority =>
  adapter.plan({ system: "crm", operation, resource: { org: ACME }, arguments: values });
const CREATE = planned("cases.create", { Subject: "x" });
const UPDATE = planned("cases.update", { record: CASE, Status: "New" });
const READ = planned("cases.retrieve", { record: CASE, fields: ["Id"] });
const answer = (status: number, body: unknown) => ({
  status,
  headers: {},
  body: new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)),
});
const refusal = (errorCode: string) => [{ errorCode, message: "m" }];

describe("what an answer says of a write", () => {
  test.for<{ why: string; authority: Authority; status: number; body?: unknown; outcome: object }>([
    {
      why: "a new record",
      authority: CREATE,
      status: 201,
      body: { id: CASE, success: true },
      outcome: { effect: "done", ids: { record: CASE } },
    },
    {
      why: "one by 15 characters",
      authority: CREATE,
      status: 201,
      body: { id: CASE.slice(0, 15), success: true },
      outcome: { effect: "done", ids: { record: CASE } },
    },
    {
      why: "one without an id",
      authority: CREATE,
      status: 201,
      body: { success: true },
      outcome: { effect: "unknown", ids: {} },
    },
    {
      why: "one that is none",
      authority: CREATE,
      status: 201,
      body: { id: "x", success: true },
      outcome: { effect: "unknown", ids: {} },
    },
    {
      why: "one that did not succeed",
      authority: CREATE,
      status: 201,
      body: { id: CASE, success: false },
      outcome: { effect: "unknown", ids: {} },
    },
    {
      why: "another success",
      authority: CREATE,
      status: 200,
      body: { id: CASE, success: true },
      outcome: { effect: "unknown", ids: {} },
    },
    { why: "a change", authority: UPDATE, status: 204, outcome: { effect: "done", ids: { record: CASE } } },
    {
      why: "a change with a page",
      authority: UPDATE,
      status: 200,
      body: {},
      outcome: { effect: "unknown", ids: {} },
    },
    {
      why: "a rule of the org",
      authority: UPDATE,
      status: 400,
      body: refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION"),
      outcome: { effect: "none", ids: {} },
    },
    {
      why: "a refusal in another form",
      authority: UPDATE,
      status: 400,
      body: { error: "no" },
      outcome: { effect: "unknown", ids: {} },
    },
    {
      why: "a failure",
      authority: UPDATE,
      status: 503,
      body: refusal("SERVER_UNAVAILABLE"),
      outcome: { effect: "unknown", ids: {} },
    },
  ])("$why", ({ authority, status, body, outcome }) => {
    expect(adapter.outcomeOf(authority, answer(status, body))).toEqual({ ...outcome, status });
  });
});

test("an org whose requests are spent is left alone for a while, whoever heard it", () => {
  const spent = answer(403, refusal("REQUEST_LIMIT_EXCEEDED"));
  for (const authority of [READ, UPDATE])
    expect(adapter.outcomeOf(authority, spent)).toEqual({
      effect: "none",
      ids: {},
      status: 403,
      retryAfterSeconds: 60,
    });
  expect(adapter.outcomeOf(READ, answer(403, refusal("INSUFFICIENT_ACCESS")))).not.toHaveProperty(
    "retryAfterSeconds",
  );
});

test("a write carries its decision's id where the declaration has a field for it, and a read none", () => {
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const written = (authority: Authority) =>
    adapter.enforce(authority, blank, { decisionId: "dec_7", idempotencyKey: "once" });
  expect(JSON.parse(new TextDecoder().decode(written(UPDATE).body))).toEqual({
    Status: "New",
    Watchword_Decision__c: "dec_7",
  });
  expect(written(READ).body).toBeUndefined();
});
