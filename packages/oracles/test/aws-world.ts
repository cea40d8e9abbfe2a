import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aws } from "@watchword/adapter-aws";
import { type AwsTwin, awsTwin } from "@watchword/emulators/aws";
import { developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { createRuntime, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";

const ISSUER = "https://broker.cloud.example";
const LOGIN = "https://login.cloud.example";
const FEDERATION = "https://federation.cloud.example";
export const REGION = "eu-central-1";
export const ACME = "111122223333";
const GLOBEX = "444455556666";
const SHARED = "777788889999";

const POLICY = `
watchword: 1
systems: { cloud: { adapter: aws }, shared: { adapter: aws } }
agents: { support: {}, batch: {} }
workloads:
  agents-runtime: { identity: { localKey: agents-runtime }, agents: [support, batch], tenant: { claim: org_id } }
grants:
  - { id: read, agent: support, operation: cloud/s3.objects.get, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: list, agent: support, operation: cloud/s3.objects.list, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: write, agent: support, operation: cloud/s3.objects.put, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: delete, agent: support, operation: cloud/s3.objects.delete, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: item, agent: support, operation: cloud/dynamodb.items.get, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: put-item, agent: support, operation: cloud/dynamodb.items.put, resource: { account: "\${tenant.cloud.account}" }, lease: { action: 60s } }
  - { id: read-shared, agent: support, operation: shared/s3.objects.get, resource: { account: "\${tenant.shared.account}" }, lease: { action: 60s } }
  - id: read-shared-itself
    agent: batch
    operation: shared/s3.objects.get
    resource: { account: "\${tenant.shared.account}" }
    custody: released
    lease: { action: 30s }
  - id: item-itself
    agent: batch
    operation: cloud/dynamodb.items.put
    resource: { account: "\${tenant.cloud.account}" }
    custody: released
    acceptResidual: [attributes, replace]
    lease: { action: 30s }
  - id: read-itself
    agent: batch
    operation: cloud/s3.objects.get
    resource: { account: "\${tenant.cloud.account}" }
    custody: released
    lease: { action: 30s }
  - id: write-itself
    agent: batch
    operation: cloud/s3.objects.put
    resource: { account: "\${tenant.cloud.account}" }
    custody: released
    acceptResidual: [content, contentType]
    lease: { action: 30s }
`;

/** Twin, broker and gateway, all real, and two agents that reach the broker over HTTP. */
export interface AwsWorld extends AsyncDisposable {
  readonly twin: AwsTwin;
  readonly server: Server;
  /** Where the broker keeps its store and keys. */
  readonly directory: string;
  /** What the server logged, and what tools threw. */
  readonly heard: unknown[];
  /** What the twin's clock is ahead of this machine's, in milliseconds. */
  ahead: number;
  /**
   * Runs `work` for a user of a tenant, `acme` unless said: as `support`, whose credentials stay in the gateway, or `batch`, which may
   * hold some.
   */
  as<Result>(agent: "support" | "batch", work: () => Promise<Result>, tenant?: string): Promise<Result>;
}

/** Starts it all in a directory of its own. */
export async function awsWorld(): Promise<AwsWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-aws-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const clock = { ahead: 0 };
  let federation: Server["broker"]["federation"];
  const twin = opened.use(
    await awsTwin({
      accounts: accounts(),
      issuers: [{ issuer: FEDERATION, keys: () => (federation?.keys.keys ?? []).map((key) => ({ ...key })) }],
      clock: { now: () => Date.now() + clock.ahead },
    }),
  );
  const heard: unknown[] = [];
  const login = await developmentIssuer({ issuer: LOGIN });
  const workloads = join(directory, "workload");
  const source = await localKeySource({ directory: workloads, subject: "agents-runtime", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
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
      systems: {
        cloud: aws({
          region: REGION,
          buckets: ["reports"],
          tables: { orders: { partitionKey: "id" } },
          baseUrl: twin.url,
        }),
        shared: aws({ region: REGION, tenancy: "prefix", buckets: ["everybodys"], baseUrl: twin.url }),
      },
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
  federation = server.broker.federation;
  await server.broker.tenants.put({
    id: "acme",
    connections: { cloud: { account: ACME }, shared: { account: `${SHARED}/acme` } },
  });
  await server.broker.tenants.put({ id: "globex", connections: { shared: { account: `${SHARED}/globex` } } });
  const runtimeOf = (agent: string) =>
    createRuntime({
      broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
      workload: () => source.token(),
      agent,
      onToolError: (error, about) => void heard.push([error, about]),
    });
  const runtimes = { support: runtimeOf("support@3"), batch: runtimeOf("batch@1") };
  const living = opened.move();
  return {
    twin,
    server,
    directory,
    heard,
    get ahead() {
      return clock.ahead;
    },
    set ahead(milliseconds) {
      clock.ahead = milliseconds;
    },
    as: async (agent, work, tenant = "acme") => {
      const token = await login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: tenant } });
      return runtimes[agent].run({ user: { token } }, work);
    },
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

function accounts() {
  const role = (...subjects: string[]) => ({
    name: "watchword",
    trust: { issuer: FEDERATION, audiences: ["sts.amazonaws.com"], subject: subjects },
    policy: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"],
          Resource: "*",
        },
        { Effect: "Allow", Action: "dynamodb:*", Resource: "*" },
        { Effect: "Allow", Action: "sts:GetScopedCredentials", Resource: "*" },
      ],
    },
  });
  const objects = { "2026/q1.txt": "acme's q1", "2026/q2.txt": "acme's q2", "2026/q3.txt": "acme's q3" };
  return [
    {
      id: ACME,
      roles: [role("tenant:acme:system:cloud")],
      buckets: { reports: { objects } },
      tables: { orders: { partitionKey: "id", items: [{ id: { S: "o-1" }, cents: { N: "4200" } }] } },
    },
    {
      id: GLOBEX,
      roles: [role("tenant:globex:system:cloud")],
      buckets: { "globex-reports": { objects: { "2026/q1.txt": "globex's" } } },
    },
    {
      id: SHARED,
      roles: [role("tenant:acme:system:shared", "tenant:globex:system:shared")],
      buckets: {
        everybodys: { objects: { "acme/2026/q1.txt": "acme's", "globex/2026/q1.txt": "globex's" } },
      },
    },
  ];
}
