import { type Adapter, type BrokerClient, Refusal, type Store, type TokenAnswer } from "@watchword/core";
import { expect, test, vi } from "vitest";
import {
  type BoundaryBuilder,
  type BoundaryReport,
  type SameProcessOptions,
  boundary,
  runBoundary,
  sameProcess,
} from "../src/index.ts";
import { code } from "./code.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { CODE, policyOf } from "./policies.ts";

// Worlds are opened by the dozen, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

/** One grant is enough to plant a hole next to. */
const READ = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
  - id: read
    agent: [support, reader]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
`;
const REFUND = `${READ}
`.replace(
  "delegation:",
  `  - id: refund
    agent: reader
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    lease: { action: 60s }
delegation:`,
);

function run(
  prove: (b: BoundaryBuilder) => void,
  options: Omit<SameProcessOptions, "instead"> & { readonly text?: string } & Pick<
      SameProcessOptions,
      "instead"
    > = {},
): Promise<BoundaryReport> {
  const { text = READ, ...world } = options;
  return runBoundary(boundary({ policy: policyOf(text), systems: { payments } }, prove), {
    openWorld: sameProcess(world),
  });
}

const answering =
  (change: (answer: TokenAnswer) => TokenAnswer) =>
  (client: BrokerClient): BrokerClient => ({
    ...client,
    token: async (request) => change(await client.token(request)),
  });
/** The same adapter but for one part. */
const instead = (adapter: Adapter, part: Partial<Adapter>): Adapter =>
  Object.create(
    adapter,
    Object.fromEntries(Object.entries(part).map(([name, value]) => [name, { value, enumerable: true }])),
  ) as Adapter;

test("a policy that does not ask whose object it is lets another tenant's through, by name and line", async () => {
  const report = await run((b) => b.tenant("read"), {
    text: READ.replace("    where: { args.charge: { ownedBy: tenant } }\n", ""),
  });
  expect(report.passed).toBe(false);
  expect(failuresOf(report)).toEqual([
    "read/tenant/foreign-object: allowed; failed",
    "read/tenant/nobodys-object: allowed; failed",
  ]);
  expect(report.rows[0]?.place).toEqual({ file: "policy.yaml", line: 11 });
});

test("a gateway that does not read the amount back lets another amount through", async () => {
  const forgetful = (adapter: Adapter): Adapter =>
    instead(adapter, {
      actionOf: (request) => {
        const { arguments: values, ...seen } = adapter.actionOf(request);
        const { amount: _, ...others } = values;
        return { ...seen, arguments: others };
      },
    });
  const report = await runBoundary(
    boundary({ policy: policyOf(REFUND), systems: { payments } }, (b) => b.matrix()),
    {
      openWorld: sameProcess({ instead: { adapter: forgetful } }),
      only: ["refund:credential"],
    },
  );
  expect(failuresOf(report)).toEqual(["refund/credential/other-amount: allowed, reached_system; allowed"]);
});

test("an adapter that mints while it looks things up is found, though the broker refuses", async () => {
  const hasty = (adapter: Adapter): Adapter =>
    instead(adapter, {
      resolve: async (action, context) => {
        const facts = await adapter.resolve(action, context);
        const completed = adapter.complete(action, facts, context.connection.account);
        await adapter.mint(adapter.plan({ ...action, ...completed }), context);
        return facts;
      },
    });
  const report = await runBoundary(
    boundary({ policy: policyOf(CODE), systems: { code } }, (b) => b.matrix()),
    {
      openWorld: sameProcess({ instead: { adapter: hasty } }),
      only: ["merge-after-evals/run/narrowed"],
    },
  );
  expect(failuresOf(report)).toEqual(["merge-after-evals/run/narrowed: minted; capability_exceeded"]);
});

test("an agent that is said to read only, and may write by some grant, is no reader", async () => {
  const report = await run((b) => b.readOnly("reader"), { text: REFUND });
  expect(report).toMatchObject({
    passed: false,
    missing: [
      { grant: "refund", missing: expect.stringContaining("reader may write by this grant") as string },
    ],
  });
});

test("a child that is given its parent's run is not refused for what it may not do", async () => {
  let parents: TokenAnswer | undefined;
  const generous = answering((answer) => {
    if (answer.ok && answer.run?.parent === undefined && answer.run !== undefined) parents = answer;
    return !answer.ok && answer.reason === "capability_exceeded" && parents !== undefined ? parents : answer;
  });
  const report = await run((b) => b.narrowing("read", { child: "reader" }), {
    instead: { client: generous },
  });
  expect(failuresOf(report)).toContain("read/delegation/wider-support-reader: wrong_reason; token_untrusted");
});

test("rows whose unchanged attempt is refused prove nothing, each of them", async () => {
  const report = await runBoundary(
    boundary(
      {
        policy: policyOf(READ),
        systems: {
          payments: async (world) => ({
            ...(await payments(world)),
            live: { "charges.retrieve": { charge: "ch_nowhere" } },
          }),
        },
      },
      (b) => b.tenant("read"),
    ),
  );
  expect(report.passed).toBe(false);
  expect(report.rows.every(({ problems }) => problems.includes("baseline_refused"))).toBe(true);
  expect(report.baselines[0]?.attempt).toMatchObject({ outcome: "refused", reason: "tenant_mismatch" });
});

test("a refusal for something else than what was changed is no proof", async () => {
  const report = await run((b) => b.tenant("read"), {
    instead: {
      client: answering((answer) =>
        answer.ok || answer.reason !== "tenant_mismatch" ? answer : { ...answer, reason: "condition_failed" },
      ),
    },
  });
  expect(failuresOf(report)).toContain("read/tenant/foreign-object: wrong_reason; condition_failed");
});

test("silence is no refusal: a broker that does not answer leaves rows that were not run", async () => {
  const hanging = (client: BrokerClient): BrokerClient => ({
    ...client,
    token: () => new Promise(() => undefined),
  });
  const report = await run((b) => b.tenant("read"), {
    patienceMilliseconds: 50,
    instead: { client: hanging },
  });
  expect(report.passed).toBe(false);
  expect(report.rows.every(({ problems }) => problems.includes("not_run"))).toBe(true);
  expect(report.rows[0]?.attempt).toMatchObject({ stage: "harness", detail: "nobody answered within 50 ms" });
});

test("a refusal that left no record is told, and so is a world that does not open", async () => {
  const forgetful = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === "recordRefusal") return () => Promise.resolve();
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  const report = await run((b) => b.tenant("read"), { instead: { store: forgetful } });
  expect(failuresOf(report)).toContain("read/tenant/foreign-object: unrecorded; tenant_mismatch");
  const closed = await runBoundary(
    boundary({ policy: policyOf(READ), systems: { payments } }, (b) => b.tenant("read")),
    { openWorld: () => Promise.reject(new Refusal("configuration_invalid", { detail: "no disk" })) },
  );
  expect(closed.rows[0]).toMatchObject({
    problems: ["baseline_refused", "not_run"],
    attempt: { detail: "the world was not usable: configuration_invalid: no disk" },
  });
});

test("a secret in an answer to the agent is a leak, and an agent in this process has every way out", async () => {
  const keys = new Set<string>();
  const listening = (adapter: Adapter): Adapter =>
    instead(adapter, {
      resolve: (action, context) => {
        context.connection.secret.open((key) => void keys.add(key));
        return adapter.resolve(action, context);
      },
    });
  const talkative = answering((answer) =>
    answer.ok ? answer : { ...answer, error_description: [...keys].join() },
  );
  const report = await run(
    (b) => {
      b.tenant("read");
      b.noStandingSecret();
      b.noRoute();
    },
    { instead: { client: talkative, adapter: listening } },
  );
  expect(report.passed).toBe(false);
  expect(report.proofs).toEqual([
    { name: "noStandingSecret", holds: false, detail: "found in an answer to the agent" },
    { name: "noRoute", holds: false, detail: expect.stringContaining("run it in cells") as string },
  ]);
});

test("a preset that the grant has no condition for, or no grant, is missing and never green", async () => {
  const report = await run((b) => {
    b.evalGate("read");
    b.approval("reed");
  });
  expect(report.passed).toBe(false);
  expect(report.missing.map(({ missing }) => missing)).toEqual([
    'evalGate: the grant has no such condition, so nothing would be proven; add it to the grant, or remove evalGate("read")',
    "there is no such grant; there are read",
  ]);
});
