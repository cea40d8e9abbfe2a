import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { type Connection, Refusal } from "@watchword/core";
import type { GithubTwin } from "@watchword/emulators/github";
import type { StripeTwin } from "@watchword/emulators/stripe";
import { developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { loadPolicy } from "@watchword/policy";
import type { Server } from "@watchword/server";
import { type AgentProcess, type AgentSettings, startAgent } from "./agent.ts";
import { type Desk, startDesk } from "./desk-twins.ts";
import { decisionReader } from "./read-decisions.ts";
import type { DecisionLine, Report } from "./report.ts";
import { ROOT_SECRET, startGithub, startStripe } from "./twins.ts";
import { ISSUER, LOGIN, openWorld, workloadDirectory } from "./world.ts";

/** What every step works with. */
export interface Scene extends AsyncDisposable {
  /** Broker and gateway. The agents are elsewhere, and reach them over HTTP. */
  readonly server: Server;
  readonly agents: AgentProcess;
  readonly agentSettings: AgentSettings;
  readonly payments: StripeTwin;
  readonly code: GithubTwin;
  readonly desk: Desk;
  readonly report: Report;
  readonly directory: string;
  /** Dana's token: a user of acme. */
  readonly dana: string;
  readonly token: (subject: string, claims: Record<string, string | string[]>) => Promise<string>;
  readonly read: (step: number) => Promise<DecisionLine[]>;
}

/** Opens the demo's world on an emptied directory: two tenants, five systems, one login service, agents in their own process. */
export async function openScene(directory: string, policy: string, report: Report): Promise<Scene> {
  await emptied(directory);
  // A policy that cannot be read ends the demo before anything is started.
  await loadPolicy(policy);
  const login = await developmentIssuer({ issuer: LOGIN });
  await using opened = new AsyncDisposableStack();
  const payments = opened.use(await startStripe());
  const { twin, privateKey } = await startGithub();
  const code = opened.use(twin);
  // A relying system fetches the keys when it is shown a token, and then the broker is there.
  const running = Promise.withResolvers<Server>();
  const desk = opened.use(
    await startDesk(async () => (await running.promise).broker.federation?.keys ?? { keys: [] }),
  );
  // The key that the agents' workloads sign with must be there before the broker reads its public half.
  await localKeySource({
    directory: workloadDirectory({ directory }),
    subject: "support-runtime",
    audience: ISSUER,
  });
  const server = opened.use(
    await openWorld({
      directory,
      policy,
      stripeUrl: payments.url,
      githubUrl: code.url,
      desk: {
        crm: desk.crm.adapter,
        tracker: desk.tracker.adapter,
        warehouse: desk.warehouse.adapter,
      },
      jwks: login.jwks as never,
    }),
  );
  running.resolve(server);
  await connectTenants(server, desk, privateKey);
  const agentSettings = { brokerUrl: server.brokerUrl, workloadDirectory: workloadDirectory({ directory }) };
  const agents = opened.use(startAgent(agentSettings));
  const token = (subject: string, claims: Record<string, string | string[]>): Promise<string> =>
    login.idToken({ subject, audience: ISSUER, claims, authTime: Math.floor(Date.now() / 1000) });
  report.say(
    `Everything below runs on this machine: broker (${server.brokerUrl}) and gateway (${server.gatewayUrl}) in one process, the agents in another, and emulators of a payment system (${payments.url}), a code host (${code.url}), a CRM (${desk.crm.twin.url}), an issue tracker (${desk.tracker.twin.url}) and a warehouse (${desk.warehouse.twin.url}).`,
  );
  report.say(
    `State: ${directory}/watchword.db (the ledger, leases, approvals) · keys: ${directory}/keys · policy ${server.policyVersion.slice(0, 8)}: ${relative(process.cwd(), policy)}`,
  );
  const dana = await token("dana", { org_id: "acme" });
  const living = opened.move();
  return {
    server,
    agents,
    agentSettings,
    payments,
    code,
    desk,
    report,
    directory,
    dana,
    token,
    read: decisionReader(server.store),
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

async function connectTenants({ broker }: Server, desk: Desk, privateKey: string): Promise<void> {
  const payments = (tenant: string) => ({ account: `acct_${tenant}`, secret: ROOT_SECRET });
  const code = { account: "acme", secret: privateKey, settings: { installation: "42" } };
  const at = ({ account, settings, secret }: Connection) => ({ account, settings, secret });
  const { account, settings } = desk.warehouse.own;
  const crm = at(desk.crm.own);
  const tracker = at(desk.tracker.own);
  const connections = { payments: payments("acme"), code, crm, tracker, warehouse: { account, settings } };
  await broker.tenants.put({ id: "acme", connections });
  await broker.tenants.put({ id: "globex", connections: { payments: payments("globex") } });
}

/** Prints what was recorded since the last step and gives the lines. */
export async function show(scene: Scene, step: number): Promise<DecisionLine[]> {
  const lines = await scene.read(step);
  for (const line of lines) scene.report.decision(line);
  return lines;
}

/** Requests that changed something at a system, or might have. */
export function effects(twin: { readonly requests: readonly { readonly kind: string }[] }): number {
  return twin.requests.filter((request) => request.kind === "effect").length;
}

async function emptied(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
    await makeEach(resolve(directory));
  } catch {
    throw new Refusal("configuration_invalid", {
      detail: `${directory} cannot be emptied and written; give another one with --state`,
    });
  }
}

/** Level by level: where nothing can be made, a recursive `mkdir` of Node may try for ever. */
async function makeEach(directory: string): Promise<void> {
  if (await stat(directory).catch(() => undefined)) return;
  await makeEach(dirname(directory));
  await mkdir(directory, { mode: 0o700 });
}
