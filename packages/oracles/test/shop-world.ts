import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Adapter } from "@watchword/core";
import type { TwinJwk } from "@watchword/emulators/oauth";
import { developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { createRuntime, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";

const ISSUER = "https://broker.orders.example";
const LOGIN = "https://login.orders.example";
/** The issuer of federation tokens in every such world. */
export const FEDERATION = "https://federation.orders.example";

/** Broker and gateway over HTTP, and a support agent of acme's. */
export interface ShopWorld extends AsyncDisposable {
  readonly server: Server;
  /** Where the broker keeps its store and keys. */
  readonly directory: string;
  /** What the server and the runtime logged. */
  readonly heard: unknown[];
  /** Runs `work` as the support agent for a user of `acme`. */
  asSupport<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** What such a world serves. */
export interface ShopWorldOptions {
  readonly systems: Readonly<Record<string, Adapter>>;
  /** The grants, below everything else of the policy. */
  readonly grants: string;
}

/** A grant for the support agent on one operation, for what is the tenant's own. */
export function ownedGrant(system: string, operation: string, more = ""): string {
  return `
  - id: ${system}-${operation}
    agent: support
    operation: ${system}/${operation}
    resource: { account: "\${tenant.${system}.account}" }
    where: { args.order: { ownedBy: tenant } }
    lease: { action: 60s }${more}`;
}

/** Starts it in a directory of its own; connections are the caller's to put. */
export async function shopWorld({ systems, grants }: ShopWorldOptions): Promise<ShopWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-shop-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const heard: unknown[] = [];
  const login = await developmentIssuer({ issuer: LOGIN });
  const workloads = join(directory, "workload");
  const source = await localKeySource({ directory: workloads, subject: "support-runtime", audience: ISSUER });
  const named = Object.entries(systems).map(([name, adapter]) => `${name}: { adapter: ${adapter.name} }`);
  const policy = `watchword: 1
systems: { ${named.join(", ")} }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:${grants}
`;
  await writeFile(join(directory, "policy.yaml"), policy);
  const configuration = checkConfiguration(
    {
      watchword: 1,
      issuer: ISSUER,
      policy: "policy.yaml",
      store: { sqlite: "watchword.db" },
      keys: "keys",
      broker: { listen: { port: 0 } },
      gateway: { listen: { port: 0 } },
      federation: { issuer: FEDERATION, listen: { port: 0 } },
      systems: { ...systems },
      verifiers: [
        { localKey: { directory: workloads } },
        {
          oidc: {
            issuer: LOGIN,
            jwks: { inline: login.jwks as never },
            algorithms: ["ES256"],
            uses: ["user"],
          },
        },
      ],
    },
    directory,
  );
  const server = opened.use(
    await startServer(configuration, { mode: "dev", log: (entry) => void heard.push(entry) }),
  );
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
    workload: () => source.token(),
    agent: "support@3",
    onToolError: (error, about) => void heard.push([error, about]),
  });
  const living = opened.move();
  return {
    server,
    directory,
    heard,
    asSupport: async (work) => {
      const token = await login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: "acme" } });
      return runtime.run({ user: { token } }, work);
    },
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

/** The public keys of a world's federation issuer, as a relying system fetches them. */
export function federationKeys({ server }: Pick<ShopWorld, "server">): readonly TwinJwk[] {
  return (server.broker.federation?.keys.keys ?? []).map((key) => ({ ...key }));
}
