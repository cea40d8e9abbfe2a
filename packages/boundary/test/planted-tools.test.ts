import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { type Adapter, type Intent, type Store, money, system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  type BoundaryReport,
  type SameProcessOptions,
  type SystemUnderTest,
  type ToolExample,
  boundary,
  findingsOf,
  runBoundary,
  sameProcess,
} from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";
import { payments as anyPayments } from "./payments.ts";
import { policyOf } from "./policies.ts";

// Worlds are opened by the dozen, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    lease: { action: 60s }
  - id: read
    agent: support
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
`;
const catalogue = system("payments", stripeCatalogue);

interface Refund {
  readonly charge: string;
  readonly dollars: number;
}
const EXAMPLE = {
  args: { charge: "ch_example", dollars: 42 },
  action: {
    operation: "payments/refunds.create",
    arguments: { charge: "ch_example", amount: { minor: 4_200, currency: "USD" } },
  },
} as const;

/** Where the twin of the world under way is: what no tool knows that has no hole. */
const twin = { url: "", key: "" };
const payments: SystemUnderTest = async (world) => {
  const running = await anyPayments(world);
  twin.url = running.twin.url;
  twin.key = running.own.secret?.open((text) => text) ?? "";
  return running;
};

/** Sends a refund: with `credential.fetch`, or by a key of the tool's own, to the twin itself. */
function send(by: typeof fetch, origin: string, cents: number, headers: Record<string, string> = {}) {
  return by(`${origin}/v1/refunds`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ charge: "ch_example", amount: String(cents) }).toString(),
  });
}
const API = "https://api.stripe.com";
const withOwnKey = () =>
  send(fetch, twin.url, 4_200, {
    authorization: `Bearer ${twin.key}`,
    "stripe-account": "acct_acme",
  });

const honest = bind(catalogue.refundsCreate, ({ charge, dollars }: Refund) => ({
  charge,
  amount: money(dollars * 100, "minor"),
}));

type Execute = (args: Refund, context: { readonly credential: GuardedCredential }) => unknown;

const tool = (execute: Execute, binding = honest) =>
  guard({ name: "refund", execute: async (args, context) => execute(args, context) }, binding);
const doesIt: Execute = (args, { credential }) => send(credential.fetch, API, args.dollars * 100);

/** Tools of one app, and of each that it is called at all, or other rows. */
function run(
  tools: Readonly<Record<string, ReturnType<typeof tool>>>,
  options: {
    readonly instead?: SameProcessOptions["instead"];
    readonly only?: readonly string[];
    readonly policy?: string;
    readonly example?: ToolExample;
  } = {},
): Promise<BoundaryReport> {
  const keys = Object.keys(tools);
  const boundaryExamples = Object.fromEntries(keys.map((key) => [key, [options.example ?? EXAMPLE]]));
  return runBoundary(
    boundary(
      {
        policy: policyOf(options.policy ?? POLICY),
        systems: { payments },
        tools: () => Promise.resolve({ ...tools, boundaryExamples }),
      },
      (b) => b.matrix(),
    ),
    {
      only: options.only ?? keys.map((key) => `refund/run/by-${key}-outside`),
      openWorld: sameProcess(options.instead === undefined ? {} : { instead: options.instead }),
      parallel: 1,
    },
  );
}

/** What a person reads of everything that is wrong, or of what one tool did. */
const told = (report: BoundaryReport, key?: string): string =>
  findingsOf(report)
    .map(({ kind, lines }) => [kind, ...lines.map(([, text]) => text)].join(" | "))
    .filter((text) => key === undefined || text.includes(`tool ${key} with`))
    .join("\n");

describe("of tools with a hole each, the message names the hole:", () => {
  let report: BoundaryReport;
  beforeAll(async () => {
    report = await run(
      {
        honest: tool(doesIt),
        ownKey: tool(withOwnKey),
        twoWays: tool(async (args, context) => {
          await doesIt(args, context);
          return withOwnKey();
        }),
        eager: tool(
          doesIt,
          bind(catalogue.refundsCreate, ({ charge }: Refund) => ({ charge, amount: money(4_200, "minor") }), {
            prepare: withOwnKey,
          }),
        ),
        cents: tool(
          (args, { credential }) => send(credential.fetch, API, args.dollars),
          bind(catalogue.refundsCreate, ({ charge, dollars }: Refund) => ({
            charge,
            amount: money(dollars, "minor"),
          })),
        ),
        otherAmount: tool(async (args, { credential }) => {
          const response = await send(credential.fetch, API, args.dollars);
          if (!response.ok) throw new Error(`the system says ${response.status}`);
        }),
        idle: tool(() => ({ refunded: true })),
        silent: tool((args, { credential }) => send(credential.fetch, API, args.dollars)),
      },
      {
        only: [
          ...["honest", "ownKey", "twoWays", "cents", "otherAmount", "idle", "silent"].map(
            (key) => `refund/run/by-${key}-outside`,
          ),
          "refund/run/by-eager-killed",
        ],
      },
    );
  });

  test("none in an honest one", () => {
    expect(told(report, "honest")).toBe("");
    expect(report.rows.find(({ row }) => row.id.includes("by-honest"))?.problems).toEqual([]);
    expect(report.passed).toBe(false);
  });

  test("around its binding with a key of its own", () => {
    expect(told(report, "ownKey")).toMatch(
      /tool_unbrokered .*the system saw 1 requests that change something, and by the ledger 0 left with a lease/,
    );
  });

  test("another way besides its lease", () => {
    expect(told(report, "twoWays")).toMatch(
      /tool_unbrokered .*saw 2 requests .* by the ledger 1 left with a lease/,
    );
  });

  test("a binding that acts before anybody was asked, which shows where it is refused", () => {
    expect(failuresOf(report)).toContain(
      "refund/run/by-eager-killed: baseline_refused, reached_system; run_ended",
    );
  });

  test("dollars for cents in a binding", () => {
    expect(told(report, "cents")).toMatch(
      /tool_other_action .*its binding asks for another action than its example says; amount: expected \{"currency":"USD","minor":4200\}, got \{"currency":"USD","minor":42\}/,
    );
  });

  test("another amount sent than asked for, which the gateway refuses", () => {
    expect(told(report)).toMatch(
      /baseline_refused \| allowed \| refused, request_mismatch, at gateway.*Error: the system says/,
    );
  });

  test("nothing done, and told as if it were", () => {
    expect(told(report, "idle")).toMatch(/tool_nothing_sent .*nothing left for the system with its lease \|/);
    expect(told(report, "silent")).toMatch(/with its lease; the gateway said request_mismatch/);
  });
});

test("a binding that asks for an amount, where the call leaves it to the broker, is found by what it asked for", async () => {
  const report = await run(
    { refund: tool((_, { credential }) => send(credential.fetch, API, 4_200)) },
    {
      policy: POLICY.replace(', args.amount: { max: "200.00 USD" }', "").replace(
        / *(?:approvers:\n|leads: |approval: ).*\n/g,
        "",
      ),
      example: {
        args: { charge: "ch_example", dollars: 42 },
        action: { operation: "payments/refunds.create", arguments: { charge: "ch_example" } },
      },
    },
  );
  expect(told(report)).toMatch(/tool_other_action .*amount: expected nothing, got .*"minor":4200/);
});

test("an adapter that sends another amount than was decided is found by what left for the system", async () => {
  const report = await run(
    { refund: tool(doesIt) },
    {
      instead: {
        adapter: (adapter) =>
          Object.create(adapter, {
            enforce: {
              enumerable: true,
              value: ((authority, request, stamp) => {
                const amount = { minor: 4_201, currency: "USD" };
                const wider = { ...authority, arguments: { ...authority.arguments, amount } };
                return adapter.enforce(wider, request, stamp);
              }) satisfies Adapter["enforce"],
            },
          }) as Adapter,
      },
    },
  );
  expect(told(report)).toMatch(
    /tool_other_action .*another action was sent than its example says; amount: expected .*4200.*, got .*4201/,
  );
});

test("a system that does not answer is no fault of the tool's, and no baseline", async () => {
  const report = await run(
    { refund: tool(doesIt) },
    { instead: { gatewayFetch: () => Promise.reject(new Error("the connection was reset")) } },
  );
  expect(report.baselines[0]?.attempt).toMatchObject({
    stage: "harness",
    detail: "the system did not answer the tool's request; what became of it nobody knows",
  });
  expect(report.passed).toBe(false);
});

test("a tool that tells the model a key is found by what it said", async () => {
  const report = await run({
    refund: tool(async (args, context) => {
      await doesIt(args, context);
      return { key: twin.key };
    }),
  });
  expect(report.world.leaks).toEqual(["a tool's answer to the model"]);
  expect(report.passed).toBe(false);
});

test("an approval that is not bound to the action's digest fits another one", async () => {
  // The broker looks when it decides, and the store once more when it spends: this one lies to the first and forgets the second.
  const forgetful = (store: Store): Store => {
    let binding: string | undefined;
    return standIn(store, {
      requestApproval: async (wanted, ...rest) => {
        binding ??= wanted.binding;
        return store.requestApproval(wanted, ...rest);
      },
      approval: async (id) => {
        const found = await store.approval(id);
        return found === undefined ? undefined : { ...found, binding: binding ?? found.binding };
      },
      recordIntent: (intent) => store.recordIntent({ ...intent, approvalId: undefined }),
    });
  };
  const report = await run(
    { refund: tool(doesIt) },
    {
      instead: { store: forgetful },
      only: ["refund/approval/other-action"],
    },
  );
  expect(failuresOf(report)).toEqual(["refund/approval/other-action: allowed, reached_system; allowed"]);
});

test("a mint that begins before its intent is durable is found, though everything ends as it should", async () => {
  // It says that the record is there, and makes it when the mint is over.
  const hasty = (store: Store): Store => {
    const promised = new Map<string, Intent>();
    return standIn(store, {
      recordIntent: (intent) => {
        promised.set(intent.decisionId, intent);
        return Promise.resolve({ outcome: "recorded" });
      },
      recordMint: async (mint) => {
        const decisionId = mint.minted ? mint.lease.decisionId : mint.decisionId;
        const intent = promised.get(decisionId);
        if (intent !== undefined) await store.recordIntent(intent);
        return store.recordMint(mint);
      },
    });
  };
  const report = await run(
    { refund: tool(doesIt) },
    {
      instead: { store: hasty },
    },
  );
  expect(failuresOf(report)).toEqual([]);
  expect(report.passed).toBe(false);
  expect(report.world.unrecordedMints).toEqual(["payments/refunds.create for acme"]);
  expect(told(report)).toMatch(/mint_unrecorded \| the intent durable before its mint begins/);
});

/** The same store but for some of what it does. */
function standIn(store: Store, parts: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Object.hasOwn(parts, name)
        ? parts[name as keyof Store]
        : Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
