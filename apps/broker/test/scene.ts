import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { money, system } from "@watchword/core";
import type { StripeTwinOptions } from "@watchword/emulators/stripe";
import { developmentIssuer } from "@watchword/identity/local-key";
import { bind, createRuntime, guard, httpBroker } from "@watchword/middleware";

const ISSUER = "https://broker.test.example";
const LOGIN = "https://login.test.example";
const WORKLOADS = "https://workloads.test.example";
/** The tenant's key at the payment system; tests search for it where it must not be. */
export const CANARY = "rk_test_canary_image_must_never_be_seen";

/** Tokens of one agent's workload and its user, good for one run. */
export interface SceneTokens {
  readonly workload: string;
  readonly user: string;
}

/** What a scene gives to whoever plays in it. */
export interface Scene extends SceneTokens {
  /** Tokens of one more run. */
  readonly another: () => Promise<SceneTokens>;
}

/** Where things are in a scene. */
export interface ScenePlaces {
  /** Where the broker's process finds its configuration. */
  readonly directory: string;
  readonly state: string;
  readonly twin: string;
  readonly brokerPort: number;
  readonly gatewayPort: number;
  readonly metricsPort: number;
  /** Sections in place of `gateway:` with a listener of the broker's own. */
  readonly gateway?: string;
  /** In place of a SQLite file below `state`. */
  readonly store?: string;
  /** Members of every `listen:` besides its port. */
  readonly listen?: string;
}

/** Writes a production configuration into `folder`, readable by anybody as a mounted one is. */
export async function scene(folder: string, places: ScenePlaces, more = ""): Promise<Scene> {
  const [login, workloads] = await Promise.all(
    [LOGIN, WORKLOADS].map((issuer) => developmentIssuer({ issuer })),
  );
  if (login === undefined || workloads === undefined) throw new TypeError("no issuers");
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, name), text, { mode: 0o644 });
  };
  await mkdir(join(folder, "policy"), { recursive: true });
  await chmod(folder, 0o755);
  await write("login.jwks", JSON.stringify(login.jwks));
  await write("workloads.jwks", JSON.stringify(workloads.jwks));
  await write("stripe.key", `${CANARY}\n`);
  await write("policy/support.yaml", POLICY);
  const listen = places.listen === undefined ? "" : `, ${places.listen}`;
  const hosts = (port: number): string =>
    places.listen === undefined ? "" : `, hosts: ["127.0.0.1:${port}"]`;
  const gateway =
    places.listen === undefined
      ? `gateway: { listen: { port: ${places.gatewayPort} } }`
      : `gateway: { url: "http://127.0.0.1:${places.gatewayPort}", listen: { port: ${places.gatewayPort}${listen} } }`;
  await write(
    "watchword.config.yaml",
    `watchword: 1
issuer: ${ISSUER}
policy: ${places.directory}/policy
store: ${places.store ?? `{ sqlite: ${places.state}/watchword.db }`}
keys: ${places.state}/keys
broker: { listen: { port: ${places.brokerPort}${listen}${hosts(places.brokerPort)} } }
${places.gateway ?? gateway}
metrics: { listen: { port: ${places.metricsPort}${listen} } }
systems:
  payments: { adapter: stripe, baseUrl: "${places.twin}" }
verifiers:
  - oidc: { issuer: "${WORKLOADS}", jwks: { file: workloads.jwks }, uses: [workload], algorithms: [ES256] }
  - oidc: { issuer: "${LOGIN}", jwks: { file: login.jwks }, algorithms: [ES256] }
${TENANTS}${more}`,
  );
  // The same once more: what a broker could not ask its system about at its start is imported later.
  await write("tenants.yaml", `watchword: 1\n${TENANTS}`);
  const another = async (): Promise<SceneTokens> => {
    const [workload, user] = await Promise.all([
      workloads.idToken({ subject: "support-runtime", audience: ISSUER }),
      login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: "acme" } }),
    ]);
    return { workload, user };
  };
  return { ...(await another()), another };
}

const TENANTS = `tenants:
  acme: { connections: { payments: { account: acct_acme, secret: { file: stripe.key } } } }
`;

const POLICY = `watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads:
  support-runtime:
    identity: { oidc: { issuer: "${WORKLOADS}", subject: support-runtime } }
    agents: [support]
    tenant: { claim: org_id }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    lease: { action: 60s }
`;

/** What the payment system holds. */
export const PAYMENTS: StripeTwinOptions = {
  accounts: {
    acct_acme: { charges: { ch_1: { amount: 4_200, currency: "usd", metadata: { tenant: "acme" } } } },
  },
  keys: [{ secret: CANARY, permissions: { charges: "read", refunds: "write" }, accounts: ["acct_acme"] }],
};

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

/** A refund of `ch_1`, as an agent's process asks for it. */
export function refund(url: string, tokens: SceneTokens, cents = 1_000): Promise<unknown> {
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url }),
    workload: async () => tokens.workload,
    agent: "support@3",
  });
  return runtime.run({ user: { token: tokens.user } }, () => refundTool.execute({ charge: "ch_1", cents }));
}
