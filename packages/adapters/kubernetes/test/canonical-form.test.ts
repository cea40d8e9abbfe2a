import { kubernetes } from "@watchword/adapter-kubernetes";
import {
  type Operation,
  type ValueMap,
  canonicalJson,
  canonicalRequest,
  findOperation,
  isForbiddenMember,
  requestProblem,
} from "@watchword/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ORIGIN } from "./kubernetes-fixture.ts";

const adapter = kubernetes({ baseUrl: ORIGIN });
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const page = {
  labelSelector: fc.tuple(name, label).map(([key, value]) => `${key}=${value}`),
  limit: fc.integer({ min: 1, max: 500 }),
  continue: fc.stringMatching(/^[A-Za-z0-9_=-]{1,20}$/),
};

/** Whatever an operation may say. */
const VALUES: Readonly<Record<string, fc.Arbitrary<ValueMap>>> = {
  "pods.list": fc.record(page, { requiredKeys: [] }),
  "pods.logs": fc.record(
    {
      name,
      container: label,
      previous: fc.boolean(),
      timestamps: fc.boolean(),
      tailLines: fc.integer({ min: 1, max: 10_000 }),
      limitBytes: fc.integer({ min: 1, max: 1_048_576 }),
    },
    { requiredKeys: ["name"] },
  ),
  "pods.delete": fc.record({ name, uid: fc.uuid() }),
  "deployments.scale": fc.record({ name, replicas: fc.integer({ min: 0, max: 10_000 }) }),
  "configmaps.patch": fc.record({
    name,
    key: fc.stringMatching(/^[-_A-Za-z0-9]{1,20}$/).filter((key) => !isForbiddenMember(key)),
    value: fc.string({ unit: "binary", maxLength: 60 }).filter((text) => text.isWellFormed()),
  }),
};

const authorityOf = (operation: string, values: ValueMap) =>
  adapter.plan({ system: "cluster", operation, resource: { namespace: "acme" }, arguments: values });

function seenOf(operation: string, values: ValueMap) {
  const {
    method,
    url,
    headers,
    body = new Uint8Array(),
  } = adapter.enforce(authorityOf(operation, values), BLANK, STAMP);
  const { pathname, search } = new URL(url);
  return adapter.actionOf(
    canonicalRequest({ method, target: `${pathname}${search}`, headers: Object.entries(headers), body }),
  );
}

test.for(Object.entries(VALUES))(
  "what is sent for %s is read back as that, and as nothing else",
  ([operation, values]) => {
    const entry = findOperation(adapter.catalogue, operation) as Operation;
    fc.assert(
      fc.property(values, values, (one, other) => {
        const seen = seenOf(operation, one);
        expect(seen).toEqual({ operation, resource: { namespace: "acme" }, arguments: one });
        const same = canonicalJson(one) === canonicalJson(other);
        expect(requestProblem(entry, authorityOf(operation, other), seen) === undefined).toBe(same);
      }),
      { numRuns: 100 },
    );
  },
);
