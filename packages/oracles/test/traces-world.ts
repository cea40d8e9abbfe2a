import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { github } from "@watchword/adapter-github";
import { stripe } from "@watchword/adapter-stripe";
import { type BrokerClient, type TokenRequest, readCompactJws } from "@watchword/core";
import { type GithubTwin, githubTwin } from "@watchword/emulators/github";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { type Runtime, type Schedule, createRuntime, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";
import { FAILURE } from "./traces-tools.ts";

const ISSUER = "https://broker.traces.example";
const LOGIN = "https://login.traces.example";
/** The user whose name is in no trace. */
export const SUBJECT = "dana.canary@acme.example";
const ROOT_SECRET = "rk_test_traces_canary_8c2e51";
const APP_ID = 4711;

const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe }, code: { adapter: github } }
agents: { support: {}, refund-lookup: {}, coder: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, refund-lookup], tenant: { claim: org_id } }
  code-runtime: { identity: { localKey: code-runtime }, agents: [coder], tenant: { fixed: acme } }
approvers:
  leads: { issuer: "${LOGIN}", claim: { groups: leads }, tenant: { claim: org_id } }
evidence:
  safety-evals: { issuer: github-actions, repositoryId: "123", ownerId: "9", workflow: .github/workflows/evals.yml, ref: refs/heads/main, events: [pull_request_target] }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    lease: { action: 60s }
  - id: lookup
    agent: [support, refund-lookup]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
  - id: merge
    agent: coder
    operation: code/pull_requests.merge
    resource: { repository: "\${tenant.code.account}/app" }
    evidence: { source: safety-evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
delegation:
  - { parent: support, child: refund-lookup, grants: [lookup], depth: 1, ttl: 5m }
`;

/** How the runtime reaches its broker. */
export type Way = "in one process" | "over HTTP";

/** Twins, broker, gateway and runtimes, all real; and everything that must be seen nowhere. */
export interface TracesWorld extends AsyncDisposable {
  readonly server: Server;
  readonly payments: StripeTwin;
  readonly code: GithubTwin;
  /** A runtime; `traceparent` is what it claims to be called by, in place of its own span. */
  runtime(agent: string, more?: { schedule?: Schedule; traceparent?: string }): Promise<Runtime>;
  token(subject: string, claims: Record<string, string | string[]>): Promise<string>;
  /** Logs of the server and errors of the runtimes, as an operator gets them. */
  readonly heard: unknown[];
  /** Every secret that was made or used so far. */
  secrets(): readonly string[];
}

/** Starts it all in a directory of its own. */
export async function tracesWorld(way: Way): Promise<TracesWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-traces-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const secrets = new Set<string>([ROOT_SECRET, SUBJECT, FAILURE]);
  const heard: unknown[] = [];
  const payments = opened.use(await startPayments());
  const { twin: code, privateKey } = await startCode();
  opened.use(code);
  for (const text of [privateKey, ...privateKey.split("\n").filter((line) => line.length === 64)])
    secrets.add(text);
  const login = await developmentIssuer({ issuer: LOGIN });
  const workloads = join(directory, "workload");
  await localKeySource({ directory: workloads, subject: "support-runtime", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const server = opened.use(
    await startServer(
      checkConfiguration(
        {
          watchword: 1,
          issuer: ISSUER,
          policy: "policy.yaml",
          store: { sqlite: "watchword.db" },
          keys: "keys",
          broker: { listen: { port: 0 } },
          gateway: { listen: { port: 0 } },
          systems: {
            payments: stripe({ baseUrl: payments.url }),
            code: github({ appId: APP_ID, baseUrl: code.url }),
          },
          verifiers: [
            { localKey: { directory: workloads } },
            {
              oidc: {
                issuer: LOGIN,
                jwks: { inline: login.jwks as never },
                algorithms: ["ES256"],
                uses: ["user", "approver"],
              },
            },
          ],
        },
        directory,
      ),
      { mode: "dev", log: (entry) => void heard.push(entry), fetch: listening(secrets) },
    ),
  );
  await server.broker.tenants.put({
    id: "acme",
    connections: {
      payments: { account: "acct_acme", secret: ROOT_SECRET },
      code: { account: "acme", secret: privateKey, settings: { installation: "42" } },
    },
  });
  for (const secret of await keysIn(directory)) secrets.add(secret);
  const living = opened.move();
  return {
    server,
    payments,
    code,
    heard,
    secrets: () => [...secrets],
    token: async (subject, claims) =>
      kept(
        secrets,
        await login.idToken({
          subject,
          audience: ISSUER,
          claims,
          authTime: Math.floor(Date.now() / 1_000),
        }),
      ),
    runtime: async (agent, { schedule, traceparent } = {}) => {
      const subject = agent.startsWith("coder") ? "code-runtime" : "support-runtime";
      const source = await localKeySource({ directory: workloads, subject, audience: ISSUER });
      const forged = traceparent === undefined ? {} : { traceparent };
      const overHttp = httpBroker({
        issuer: ISSUER,
        url: server.brokerUrl,
        fetch: (input, init) =>
          fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...forged } }),
        onUnavailable: (refusal) => void heard.push(refusal),
      });
      const inProcess = server.broker.client;
      const client: BrokerClient =
        way === "over HTTP"
          ? overHttp
          : { ...inProcess, token: (request) => inProcess.token({ ...request, ...forged }) };
      const tell = (error: unknown, about: object): void =>
        void heard.push([isOfTheTool(error) ? "the tool's own" : error, about]);
      return createRuntime({
        broker: overheard(client, secrets),
        workload: () => source.token(),
        agent,
        fetch: listening(secrets),
        onToolError: tell,
        onEndFailure: tell,
        onRenewFailure: tell,
        ...(schedule === undefined ? {} : { schedule }),
      });
    },
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

/** What a tool throws goes to the operator as it is; here it is planted, and may be nowhere else. */
function isOfTheTool(error: unknown): boolean {
  return error instanceof Error && error.message === FAILURE;
}

function kept(secrets: Set<string>, secret: string): string {
  secrets.add(secret);
  return secret;
}

/** Remembers every token that goes to the broker or comes from it, and the transaction of every action. */
function overheard(client: BrokerClient, secrets: Set<string>): BrokerClient {
  return {
    issuer: client.issuer,
    token: async (request) => {
      const { subject_token, actor_token = "", dpop } = request;
      for (const token of [subject_token, actor_token]) secrets.add(token);
      const { txn } = readCompactJws(actor_token).claims;
      if (typeof txn === "string") secrets.add(txn);
      const proof = await heardProof(dpop, secrets);
      const answer = await client.token({ ...request, ...(proof === undefined ? {} : { dpop: proof }) });
      if (answer.ok) secrets.add(answer.access_token);
      return answer;
    },
    endRun: (runToken, proof) => client.endRun(runToken, kept(secrets, proof)),
  };
}

/** A proof, or what makes one: then each that it makes. */
async function heardProof(dpop: TokenRequest["dpop"], secrets: Set<string>): Promise<TokenRequest["dpop"]> {
  if (typeof dpop === "string") return kept(secrets, dpop);
  return dpop === undefined ? undefined : async (nonce) => kept(secrets, await dpop(nonce));
}

/** `fetch` that remembers every credential on its way, and every token that an answer gives out. */
function listening(secrets: Set<string>): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").split(" ");
    if (value !== "") secrets.add(value);
    if (scheme.toLowerCase() === "basic") secrets.add(atob(value).replace(/:$/, ""));
    const proof = request.headers.get("dpop");
    if (proof !== null) secrets.add(proof);
    const response = await fetch(request);
    const { token } = (await response
      .clone()
      .json()
      .catch(() => ({}))) as { token?: unknown };
    if (typeof token === "string") secrets.add(token);
    return response;
  };
}

/** Private parts of every key that the broker and the workloads keep. */
async function keysIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:jwk|key)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    found.push(/"d":"([^"]+)"/.exec(text)?.[1] ?? text.trim());
  }
  return found;
}

function startPayments(): Promise<StripeTwin> {
  const charge = (amount: number): { amount: number; currency: string } => ({ amount, currency: "usd" });
  return stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_1: charge(4_200),
          ch_2: charge(19_000),
          ch_3: charge(3_000),
          ch_4: charge(3_000),
          ch_5: charge(3_000),
        },
      },
      acct_globex: { charges: { ch_globex: charge(4_200) } },
    },
    keys: [{ secret: ROOT_SECRET, permissions: { charges: "read", refunds: "write" } }],
  });
}

async function startCode(): Promise<{ twin: GithubTwin; privateKey: string }> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const owner = { login: "acme", id: 9, type: "Organization" as const };
  const twin = await githubTwin({
    apps: [{ id: APP_ID, slug: "watchword", publicKey }],
    installations: [
      {
        id: 42,
        appId: APP_ID,
        account: owner,
        permissions: {
          contents: "write",
          pull_requests: "write",
          checks: "read",
          actions: "read",
          metadata: "read",
        },
        repositories: "all",
      },
    ],
    repositories: [
      {
        id: 123,
        name: "app",
        owner,
        branches: {
          main: {
            protected: true,
            files: { "README.md": "app", ".github/workflows/evals.yml": "on: pull_request_target" },
          },
          feature: { files: { "README.md": "app, better" } },
          other: { files: { "LICENSE.md": "free" } },
        },
        pulls: Object.entries(PULLS).map(([head, number]) => ({ number, title: "Better", head })),
      },
    ],
  });
  return { twin, privateKey };
}

/** Pull requests by their branch. */
export const PULLS = { feature: 7, other: 8 } as const;

/** The evals of the protected main test the head that would be merged. Gives what ends them. */
export function startEvals(code: GithubTwin, branch: keyof typeof PULLS): () => void {
  const headSha = code.head("acme/app", branch);
  if (headSha === undefined) throw new Error(`the code host has no branch ${branch}`);
  const { id } = code.startRun("acme/app", {
    path: ".github/workflows/evals.yml",
    event: "pull_request_target",
    headSha,
    headBranch: branch,
    status: "in_progress",
    pullRequests: [{ number: PULLS[branch], baseRef: "main" }],
    jobs: [{ name: "safety-evals", status: "in_progress" }],
  });
  return () => code.finishRun("acme/app", id, "success");
}

/** All that a log could show of something: hidden members, causes and stacks too, nothing cut. */
export function shown(thing: unknown): string {
  const whole = { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null };
  return inspect(thing, { ...whole, breakLength: Infinity });
}
