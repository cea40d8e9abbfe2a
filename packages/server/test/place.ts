import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { money, system } from "@watchword/core";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { type DevelopmentIssuer, developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { bind, createRuntime, guard, httpBroker, socketFetch } from "@watchword/middleware";
import type { LogEntry } from "../src/index.ts";

export const ISSUER = "https://broker.test.example";
const LOGIN = "https://login.test.example";
const WORKLOADS = "https://workloads.test.example";
/** The tenant's key at the payment system; tests search for it where it must not be. */
export const CANARY = "rk_test_canary_c1d7_must_never_be_seen";

const policy = (identity: string): string => `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime: { identity: ${identity}, agents: [support], tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    lease: { action: 60s }
`;

/** A directory with everything that a server needs, a payment system, a login service, and an agent. */
export interface Place extends AsyncDisposable {
  readonly directory: string;
  readonly twin: StripeTwin;
  readonly login: DevelopmentIssuer;
  readonly log: LogEntry[];
  /** Writes a file below the directory; gives its path. */
  write(name: string, text: string): Promise<string>;
  /** Writes `watchword.config.yaml`: of one machine by default, of production with `production`. */
  configure(changes?: Partial<Sections>): Promise<string>;
  /** A refund of `ch_1`, as an agent's process does it: over HTTP, or over the sockets. */
  refund(way: { url: string } | { broker: string; gateway: string }): Promise<unknown>;
  /** Two refunds by one run, over the sockets, and what happens between them. */
  refundTwice(way: { broker: string; gateway: string }, between: () => Promise<void>): Promise<unknown[]>;
}

/** Parts of the configuration, as YAML text. */
export interface Sections {
  readonly issuer: string;
  readonly environment: string;
  readonly policy: string;
  readonly store: string;
  readonly keys: string;
  readonly broker: string;
  readonly gateway: string;
  readonly systems: string;
  readonly verifiers: string;
  readonly tenants: string;
  readonly more: string;
}

const payments = system("payments", stripeCatalogue);
const refundTool = guard(
  {
    name: "refund",
    description: "Refund a charge",
    execute: async ({ charge, cents }: { charge: string; cents: number }, { credential }) => {
      const response = await credential.fetch("https://api.stripe.com/v1/refunds", {
        method: "POST",
        body: new URLSearchParams({ charge, amount: String(cents) }),
      });
      return { status: response.status };
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: { charge: string; cents: number }) => ({
    charge,
    amount: money(cents, "minor"),
  })),
);

/** Makes the place. `production`: workloads show tokens of an OIDC issuer; otherwise of a local key. */
export async function place(options: { production?: boolean } = {}): Promise<Place> {
  const production = options.production ?? false;
  const directory = await mkdtemp(join(tmpdir(), "watchword-server-"));
  const login = await developmentIssuer({ issuer: LOGIN });
  const workloads = await developmentIssuer({ issuer: WORKLOADS });
  const twin = await stripeTwin({
    accounts: {
      acct_acme: { charges: { ch_1: { amount: 4_200, currency: "usd", metadata: { tenant: "acme" } } } },
    },
    keys: [{ secret: CANARY, permissions: { charges: "read", refunds: "write" }, accounts: ["acct_acme"] }],
  });
  const source = await localKeySource({
    directory: join(directory, "workload"),
    subject: "support-runtime",
    audience: ISSUER,
  });
  const write: Place["write"] = async (name, text) => {
    const path = join(directory, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  await write("login.jwks", JSON.stringify(login.jwks));
  await write("workloads.jwks", JSON.stringify(workloads.jwks));
  await write("stripe.key", `${CANARY}\n`);
  await write(
    "policy/support.yaml",
    policy(
      production
        ? `{ oidc: { issuer: "${WORKLOADS}", subject: support-runtime } }`
        : "{ localKey: support-runtime }",
    ),
  );
  const machine = production
    ? `  - oidc: { issuer: "${WORKLOADS}", jwks: { file: workloads.jwks }, uses: [workload], algorithms: [ES256] }`
    : "  - localKey: { directory: workload }";
  const sections: Sections = {
    issuer: `issuer: ${ISSUER}`,
    environment: "",
    policy: "policy: policy",
    store: "store: { sqlite: watchword.db }",
    keys: "keys: keys",
    broker: "broker: { listen: { port: 0 } }",
    gateway: "gateway: { listen: { port: 0 } }",
    systems: `systems:\n  payments: { adapter: stripe, baseUrl: "${twin.url}" }`,
    verifiers: `verifiers:\n${machine}\n  - oidc: { issuer: "${LOGIN}", jwks: { file: login.jwks }, algorithms: [ES256] }`,
    tenants:
      "tenants:\n  acme: { connections: { payments: { account: acct_acme, secret: { file: stripe.key } } } }",
    more: "",
  };
  const inRun = async <Value>(
    way: Parameters<Place["refund"]>[0],
    body: (refundOnce: () => Promise<unknown>) => Promise<Value>,
  ): Promise<Value> => {
    const token = await login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: "acme" } });
    const runtime = createRuntime({
      ...("url" in way
        ? { broker: httpBroker({ issuer: ISSUER, url: way.url }) }
        : { broker: httpBroker({ issuer: ISSUER, socket: way.broker }), fetch: socketFetch(way.gateway) }),
      workload: () =>
        production ? workloads.idToken({ subject: "support-runtime", audience: ISSUER }) : source.token(),
      agent: "support@3",
    });
    return runtime.run({ user: { token } }, () =>
      body(() => refundTool.execute({ charge: "ch_1", cents: 1_000 })),
    );
  };
  return {
    directory,
    twin,
    login,
    log: [],
    write,
    configure: (changes = {}) =>
      write(
        "watchword.config.yaml",
        ["watchword: 1", ...Object.values({ ...sections, ...changes })]
          .filter((text) => text !== "")
          .join("\n"),
      ),
    refund: (way) => inRun(way, async (refundOnce) => refundOnce()),
    refundTwice: (way, between) =>
      inRun(way, async (refundOnce) => {
        const first = await refundOnce();
        await between();
        return [first, await refundOnce()];
      }),
    [Symbol.asyncDispose]: async () => {
      await twin.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Requests that changed something at the payment system. */
export function effects({ twin }: Place): number {
  return twin.requests.filter(({ kind }) => kind === "effect").length;
}
