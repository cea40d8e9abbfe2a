import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type World, proveBoundaryFile, readBoundaryFile } from "../src/index.ts";
import { sameProcess } from "../src/world/same-process.ts";
import { payments } from "./payments.ts";
import { PAYMENTS, policyOf } from "./policies.ts";
import { ALLOWED, attemptWith } from "./sample-report.ts";

const policy = policyOf(PAYMENTS);
const read = (body: string) =>
  readBoundaryFile(
    "a.boundary.yaml",
    `boundary: 1\ngiven: { agent: support, tenant: acme }\n${body}`,
    policy,
    0,
  );

describe("what a boundary file expects, against a real broker and a running twin", () => {
  let world: World;
  beforeAll(async () => {
    world = await sameProcess()({ policy, systems: { payments } });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test("holds where the policy does as the file says", async () => {
    const proofs = await proveBoundaryFile(
      read(`
expect:
  - call: { operation: payments/refunds.create, arguments: { charge: ch_example, amount: { minor: 4200, currency: USD } } }
    allow: true
  - call: { operation: payments/charges.retrieve, arguments: { charge: ch_globex } }
    deny: tenant_mismatch
  - given: { agent: reader }
    call: { operation: payments/refunds.create, arguments: { charge: ch_more1, amount: { minor: 4200, currency: USD } } }
    deny: not_granted
  - call: { operation: payments/refunds.create, arguments: { charge: ch_more2, amount: { minor: 9000, currency: USD } } }
    deny: approval_required
operations:
  - { agent: support, equals: [payments/charges.retrieve, payments/refunds.create] }
`),
      policy,
      world,
    );
    expect(proofs.map(({ name, holds, detail }) => [holds, name, detail])).toEqual([
      [true, "operations of support (a.boundary.yaml:15)", "exactly 2"],
      [true, "support in acme: payments/refunds.create is allowed (a.boundary.yaml:5)", "allowed, 1 effect"],
      [
        true,
        "support in acme: payments/charges.retrieve is refused, tenant_mismatch (a.boundary.yaml:7)",
        "refused, tenant_mismatch, at act",
      ],
      [
        true,
        "reader in acme: payments/refunds.create is refused, not_granted (a.boundary.yaml:10)",
        expect.stringMatching(/^refused, not_granted/),
      ],
      [
        true,
        "support in acme: payments/refunds.create is refused, approval_required (a.boundary.yaml:12)",
        expect.stringMatching(/^approval_required/),
      ],
    ]);
  });

  test("does not hold where it does otherwise, and says what was expected and got", async () => {
    const proofs = await proveBoundaryFile(
      read(`
expect:
  - call: { operation: payments/charges.retrieve, arguments: { charge: ch_globex } }
    allow: true
  - call: { operation: payments/charges.retrieve, arguments: { charge: ch_globex } }
    deny: not_granted
  - call: { operation: payments/charges.retrieve, arguments: { charge: ch_example } }
    deny: tenant_mismatch
operations:
  - { agent: reader, equals: [payments/refunds.create] }
`),
      policy,
      world,
    );
    expect(proofs.map(({ holds }) => holds)).toEqual([false, false, false, false]);
    expect(proofs.map(({ detail }) => detail)).toEqual([
      "granted and not in the list: payments/charges.retrieve; in the list and not granted: payments/refunds.create",
      expect.stringContaining("expected allowed, got refused, tenant_mismatch"),
      expect.stringContaining("expected refused, not_granted, got refused, tenant_mismatch"),
      expect.stringContaining("expected refused, tenant_mismatch, got allowed"),
    ]);
  });
});

describe("a refusal that a file expects is none", () => {
  const file = read(`
expect:
  - call: { operation: payments/charges.retrieve, arguments: { charge: ch_globex } }
    deny: tenant_mismatch
`);
  const holds = async (attempt: ReturnType<typeof attemptWith>) =>
    (await proveBoundaryFile(file, policy, { attempt: () => Promise.resolve(attempt) })).map(
      (proof) => proof.holds,
    );

  test("unless it is one in everything", async () => {
    expect(await holds(attemptWith())).toEqual([true]);
  });

  test.for([
    ["when it was allowed", ALLOWED],
    ["when the harness failed", attemptWith({ stage: "harness" })],
    ["when nobody refused it", attemptWith({ outcome: "failed" })],
    ["when a credential was minted", attemptWith({ seen: { mints: 1, effects: 0, refused: 0 } })],
    ["when the system saw an effect", attemptWith({ seen: { mints: 0, effects: 1, refused: 0 } })],
    ["when it has no record", attemptWith({ records: 0 })],
    ["when it has two records", attemptWith({ records: 2 })],
    ["for another reason", attemptWith({ reason: "not_granted" })],
  ] as const)("%s", async ([, attempt]) => {
    expect(await holds(attempt)).toEqual([false]);
  });
});
