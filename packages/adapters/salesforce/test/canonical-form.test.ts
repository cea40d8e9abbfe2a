import { recordId } from "@watchword/adapter-salesforce";
import { type ValueMap, canonicalRequest, newAction } from "@watchword/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ACME, AGENT, CASE, connection, salesforceFixture } from "./salesforce-fixture.ts";

const STAMP = { decisionId: "dec_1", idempotencyKey: "once" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

/** Texts that would like to end their literal. */
const hostile = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc
      .array(fc.constantFrom("'", "\\", " OR ", "Id != ''", "x", "%", " LIMIT 5", "\\u0027", "ä", "--"), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join("")),
  )
  .filter((text) => /^\P{Cc}{1,255}$/u.test(text) && text.isWellFormed());

test("whatever is compared with stays one literal: the query that is written is read back, and finds nothing else", async () => {
  await using fixture = await salesforceFixture();
  const { adapter, twin } = fixture;
  const authorization = `Bearer ${twin.token(ACME, AGENT)}`;
  const enforced = (values: ValueMap) => {
    const action = newAction({ system: "crm", operation: "cases.query", resource: {}, arguments: values });
    const authority = adapter.plan({
      ...action,
      ...adapter.complete(action, { owners: {}, values: {} }, connection("acme").account),
    });
    return { authority, outbound: adapter.enforce(authority, BLANK, STAMP) };
  };
  await fc.assert(
    fc.asyncProperty(hostile, async (Subject) => {
      const { authority, outbound } = enforced({ Subject, limit: 5 });
      const url = new URL(outbound.url);
      const received = canonicalRequest({
        method: "GET",
        target: `${url.pathname}${url.search}`,
        headers: [],
        body: new Uint8Array(),
      });
      expect(adapter.actionOf(received).arguments).toEqual(authority.arguments);
      const response = await fetch(outbound.url, { headers: { ...outbound.headers, authorization } });
      expect([response.status, await response.json()]).toMatchObject([200, { totalSize: 0 }]);
    }),
    { numRuns: 100 },
  );
  const { outbound } = enforced({ Subject: "It rains in", limit: 5 });
  const response = await fetch(outbound.url, { headers: { ...outbound.headers, authorization } });
  expect(await response.json()).toMatchObject({ records: [{ Id: CASE, Status: "New" }] });
});

test("15 characters have one spelling of 18, which says what letters were capital", () => {
  expect(recordId("00570000001ZwTi")).toBe("00570000001ZwTiAAK");
  expect(recordId("500000000000001")).toBe("500000000000001AAA");
  expect(recordId("ABCDEabcdeABCDE")).toBe("ABCDEabcdeABCDE5A5");
  const id = fc.stringMatching(/^[A-Za-z0-9]{15}$/);
  fc.assert(
    fc.property(id, id, (one, other) => {
      expect(recordId(recordId(one))).toBe(recordId(one));
      // Also where case does not count, two records are two texts.
      if (one !== other) expect(recordId(one).toLowerCase()).not.toBe(recordId(other).toLowerCase());
    }),
  );
});

test.for(["", "500", "500000000000001aaa", "500000000000001AAB", "50000000000000é", "500000000000001AAA "])(
  "%j is none",
  (text) => {
    expect(() => recordId(text)).toThrow(TypeError);
  },
);
