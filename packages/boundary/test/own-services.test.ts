import { jwt } from "@watchword/adapter-jwt";
import { AccessClaims, type Adapter, type BrokerClient, parseClaims, readCompactJws } from "@watchword/core";
import { type NewServiceCheck, type ServiceSystem, serviceSystem } from "@watchword/emulators/service";
import { type VerifyOptions, spentTokens, tokenVerifier } from "@watchword/verify";
import { expect, test, vi } from "vitest";
import {
  type BoundaryReport,
  type SameProcessOptions,
  type SystemUnderTest,
  boundary,
  runBoundary,
  sameProcess,
} from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { ORDERS, PAYMENTS, policyOf } from "./policies.ts";

// Worlds are opened by the dozen, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

/** Systems as worlds started them, so that what they saw can be read when all is over. */
function services(
  check: NewServiceCheck = tokenVerifier,
  options: { readonly acceptUnbound?: boolean } = {},
) {
  const started: ServiceSystem[] = [];
  const start = serviceSystem(jwt, check, options);
  const noted: SystemUnderTest = async (world) => {
    const running = await start(world);
    started.push(running);
    return running;
  };
  return {
    systems: { orders: noted, returns: noted },
    seen: () => started.flatMap(({ twin }) => twin.requests),
  };
}

interface Asked extends Pick<SameProcessOptions, "instead"> {
  readonly text?: string;
  readonly only?: readonly string[];
}

function run(
  systems: Readonly<Record<string, SystemUnderTest>>,
  { text = ORDERS, only, instead }: Asked = {},
): Promise<BoundaryReport> {
  return runBoundary(
    boundary({ policy: policyOf(text), systems }, (b) => {
      b.matrix();
      b.noStandingSecret();
    }),
    { openWorld: sameProcess({ ...(instead && { instead }) }), ...(only && { only }) },
  );
}

const rowsAt = (report: BoundaryReport, stage: "service" | "elsewhere") =>
  report.rows.filter(({ attempt }) => (attempt.stage === "gateway") === (stage === "service"));

test("whatever the policy for services of one's own forbids is refused, and where the broker refuses no token ever was", async () => {
  const { systems } = services();
  const report = await run(systems);
  expect(failuresOf(report)).toEqual([]);
  expect(report).toMatchObject({ passed: true, missing: [], world: { ledgerIntact: true, leaks: [] } });
  expect(report.baselines.every(({ attempt }) => attempt.lease?.custody === "released")).toBe(true);
  expect(rowsAt(report, "elsewhere").length).toBeGreaterThan(100);
  for (const { attempt } of rowsAt(report, "elsewhere")) expect(attempt.lease ?? null).toBeNull();
  // With a token in its hands, an agent is refused by the service alone.
  expect(
    rowsAt(report, "service")
      .filter(({ row }) => row.grant === "orders-read")
      .map(({ row, attempt }) => `${row.mutation}: ${attempt.reason}`),
  ).toEqual([
    "other-object: request_mismatch",
    "other-operation: request_mismatch",
    "without-proof: proof_invalid",
    "by-another-run: proof_invalid",
    "twice: token_replayed",
    "after-expiry: token_expired",
    "at-another-service: token_wrong_audience",
  ]);
});

test("a service sees nothing of what the broker refused, not even a token that it would not take", async () => {
  const { systems, seen } = services();
  const report = await run(systems, { only: ["orders-read:tenant", "orders-read:resource"] });
  expect(failuresOf(report)).toEqual([]);
  const baselines = report.baselines.length;
  expect(baselines).toBeGreaterThan(0);
  expect(seen().map(({ kind, path }) => `${kind} ${path}`)).toEqual(
    Array.from({ length: baselines }, () => "effect /orders/o_1"),
  );
});

test("a token that stays in the gateway is judged there", async () => {
  const { systems, seen } = services(tokenVerifier, { acceptUnbound: true });
  const text = ORDERS.replaceAll("    custody: released\n", "");
  const report = await run(systems, { text, only: ["orders-read:credential"] });
  expect(failuresOf(report)).toEqual([]);
  expect(report.rows.map(({ attempt }) => attempt.reason)).toContain("lease_used");
  expect(seen().every(({ kind }) => kind === "effect")).toBe(true);
});

/** The check of a service that leaves something out; what it took it remembers. */
const careless =
  (change: (presented: string) => Partial<VerifyOptions>): NewServiceCheck =>
  (options) => {
    const spent = spentTokens();
    return {
      verify: (request, expected) => {
        const token = request.authorization[0]?.split(" ")[1] ?? "";
        return tokenVerifier({ ...options, spent, ...change(token) }).verify(request, expected);
      },
    };
  };

test.for([
  [
    "that checks no audience takes another service's token",
    "at-another-service",
    careless((token) => ({ audience: parseClaims(AccessClaims, readCompactJws(token).claims).aud })),
  ],
  ["that remembers nothing takes a token twice", "twice", careless(() => ({ spent: spentTokens() }))],
] as const)("a service %s, and is found", async ([, mutation, check]) => {
  const { systems } = services(check);
  const report = await run(systems, { only: ["orders-read:credential"] });
  expect(failuresOf(report)).toEqual([
    `orders-read/credential/${mutation}: allowed, reached_system; allowed`,
  ]);
});

test("a broker that mints for another tenant gives what the service has no use for, and is found", async () => {
  const elsewhere = (adapter: Adapter): Adapter =>
    Object.create(adapter, {
      plan: {
        value: (...[action]: Parameters<Adapter["plan"]>) =>
          adapter.plan({ ...action, resource: { tenant: "globex" } }),
      },
      mint: {
        value: (...[authority, context]: Parameters<Adapter["mint"]>) =>
          adapter.mint(authority, { ...context, connection: { ...context.connection, account: "globex" } }),
      },
    }) as Adapter;
  const { systems, seen } = services();
  const report = await run(systems, { instead: { adapter: elsewhere }, only: ["orders-read:run"] });
  expect(report.passed).toBe(false);
  expect(report.rows.every(({ problems }) => problems.includes("baseline_refused"))).toBe(true);
  expect(seen().every(({ kind, tenant }) => kind === "refused" && tenant === "globex")).toBe(true);
});

test("a token that no grant releases is a leak, whatever the answer says of itself", async () => {
  let token = "";
  const listening = (adapter: Adapter): Adapter =>
    Object.create(adapter, {
      mint: {
        value: async (...wanted: Parameters<Adapter["mint"]>) => {
          const minted = await adapter.mint(...wanted);
          minted.credential.open((text) => void (token = text));
          return minted;
        },
      },
    }) as Adapter;
  const generous = (client: BrokerClient): BrokerClient => ({
    ...client,
    token: async (request) => {
      const answer = await client.token(request);
      if (!answer.ok || answer.lease === undefined) return answer;
      return { ...answer, access_token: token, lease: { ...answer.lease, custody: "released" } };
    },
  });
  const { systems } = services(tokenVerifier, { acceptUnbound: true });
  const report = await run(systems, {
    text: ORDERS.replaceAll("    custody: released\n", ""),
    instead: { adapter: listening, client: generous },
    only: ["orders-read/run/ended"],
  });
  expect(report).toMatchObject({ passed: false, world: { leaks: ["an answer to the agent"] } });
});

test.for([
  ["a secret for a system that has none", "has a secret, and that system has none", ORDERS],
  ["no secret for a system that has one", "has no secret", PAYMENTS],
] as const)("%s opens no world", async ([, detail, text]) => {
  const given: SystemUnderTest = async (world) => {
    const stripe = await payments(world);
    const service = await services().systems.orders(world);
    const [running, other] = text === ORDERS ? [service, stripe] : [stripe, service];
    const { secret: _, ...own } = running.own;
    await other[Symbol.asyncDispose]();
    return { ...running, own: other.own.secret === undefined ? own : { ...own, secret: other.own.secret } };
  };
  const systems = text === ORDERS ? { orders: given, returns: given } : { payments: given };
  const report = await run(systems, {
    text,
    only: [text === ORDERS ? "orders-read/run/ended" : "read/run/ended"],
  });
  expect(report.passed).toBe(false);
  expect(report.rows[0]).toMatchObject({
    problems: ["baseline_refused", "not_run"],
    attempt: { detail: expect.stringContaining(detail) as string },
  });
});
