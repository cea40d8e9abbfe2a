import { stripe } from "@watchword/adapter-stripe";
import type { Authority } from "@watchword/core";
import { describe, expect, test } from "vitest";

const write: Authority = {
  system: "payments",
  operation: "refunds.create",
  access: "write",
  resource: { account: "acct_acme" },
  arguments: { charge: "ch_1" },
  native: {},
};
const read: Authority = { ...write, operation: "charges.retrieve", access: "read" };
const response = (status: number, body: unknown) => ({
  status,
  headers: {},
  body: new TextEncoder().encode(JSON.stringify(body)),
});
const failure = (type: string) => ({ error: { type, message: "…" } });

describe("what an answer says about the effect", () => {
  test("a refund: done, with its id and its charge's", () => {
    const answer = response(200, { object: "refund", id: "re_1", charge: "ch_1" });
    expect(stripe().outcomeOf(write, answer)).toEqual({
      effect: "done",
      ids: { refund: "re_1", charge: "ch_1" },
      status: 200,
    });
  });

  test.for([
    { status: 400, body: failure("invalid_request_error"), effect: "none" },
    { status: 401, body: failure("invalid_request_error"), effect: "none" },
    { status: 402, body: failure("card_error"), effect: "none" },
    { status: 403, body: failure("invalid_request_error"), effect: "none" },
    { status: 404, body: failure("invalid_request_error"), effect: "none" },
    { status: 429, body: failure("invalid_request_error"), effect: "none" },
    { status: 400, body: failure("idempotency_error"), effect: "unknown" },
    { status: 409, body: failure("idempotency_error"), effect: "unknown" },
    { status: 409, body: failure("invalid_request_error"), effect: "unknown" },
    { status: 500, body: failure("api_error"), effect: "unknown" },
    { status: 503, body: failure("api_error"), effect: "unknown" },
    { status: 302, body: {}, effect: "unknown" },
    { status: 404, body: {}, effect: "unknown" },
    { status: 200, body: { object: "charge", id: "ch_1" }, effect: "unknown" },
    { status: 200, body: { object: "refund", id: "<script>" }, effect: "unknown" },
  ])("a write answered with $status $body.error.type: $effect", ({ status, body, effect }) => {
    expect(stripe().outcomeOf(write, response(status, body))).toEqual({ effect, ids: {}, status });
  });

  test.for([
    { name: "the object that was acted on", id: "cus_1", effect: "done" },
    { name: "another object", id: "cus_2", effect: "unknown" },
  ])("an update answered with $name: $effect", ({ id, effect }) => {
    const update = { ...write, operation: "customers.update", arguments: { customer: "cus_1", name: "B" } };
    const ids = effect === "done" ? { customer: id } : {};
    expect(stripe().outcomeOf(update, response(200, { object: "customer", id }))).toEqual({
      effect,
      ids,
      status: 200,
    });
  });

  test.for([
    { answered: { charge: "ch_2" }, named: { charge: "ch_1" } },
    { answered: { payment_intent: "pi_2" }, named: { payment_intent: "pi_1" } },
  ])("a refund of something else than $named: unknown", ({ answered, named }) => {
    const answer = response(200, { object: "refund", id: "re_1", ...answered });
    expect(stripe().outcomeOf({ ...write, arguments: named }, answer).effect).toBe("unknown");
  });

  test("no answer: unknown for a write, none for a read", () => {
    expect(stripe().outcomeOf(write, undefined)).toEqual({ effect: "unknown", ids: {}, status: 0 });
    expect(stripe().outcomeOf(read, undefined)).toEqual({ effect: "none", ids: {}, status: 0 });
  });

  test("a read is done or had no effect", () => {
    expect(stripe().outcomeOf(read, response(200, {}))).toEqual({
      effect: "done",
      ids: { charge: "ch_1" },
      status: 200,
    });
    expect(stripe().outcomeOf(read, response(500, {}))).toEqual({ effect: "none", ids: {}, status: 500 });
  });
});
