import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { Refusal } from "@watchword/core";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { developmentIssuer } from "@watchword/identity/local-key";
import { decisionReader } from "./read-decisions.ts";
import type { DecisionLine, Report } from "./report.ts";
import { ISSUER, LOGIN, type World, type WorldSettings, openWorld } from "./world.ts";

/** What every step works with. */
export interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly twin: StripeTwin;
  readonly report: Report;
  readonly settings: WorldSettings;
  /** Dana's token: a user of acme. */
  readonly dana: string;
  readonly token: (subject: string, claims: Record<string, string | string[]>) => Promise<string>;
  readonly read: (step: number) => Promise<DecisionLine[]>;
}

/** The root secret of both tenants. It is sealed at once; nothing the demo prints or stores may show it. */
export const ROOT_SECRET = "rk_test_demo_canary_5e0c1b7f";

/** Opens the demo's world on an emptied directory: two tenants, one payment system, one login service. */
export async function openScene(directory: string, policy: string, report: Report): Promise<Scene> {
  await emptied(directory);
  const login = await developmentIssuer({ issuer: LOGIN });
  await using opened = new AsyncDisposableStack();
  const twin = opened.use(await startTwin());
  const settings: WorldSettings = { directory, policy, stripeUrl: twin.url, jwks: login.jwks };
  const world = opened.use(await openWorld(settings));
  for (const tenant of ["acme", "globex"]) {
    await world.broker.tenants.put({
      id: tenant,
      connections: { payments: { account: `acct_${tenant}`, secret: ROOT_SECRET } },
    });
  }
  const token = (subject: string, claims: Record<string, string | string[]>): Promise<string> =>
    login.idToken({ subject, audience: ISSUER, claims, authTime: Math.floor(Date.now() / 1000) });
  report.say(
    `Everything below runs on this machine: broker and gateway (${world.gatewayUrl}), and an emulator of the payment system (${twin.url}).`,
  );
  report.say(
    `State: ${directory}/watchword.db (the ledger, leases, approvals) · keys: ${directory}/keys · policy ${world.policyVersion.slice(0, 8)}: ${relative(process.cwd(), policy)}`,
  );
  const dana = await token("dana", { org_id: "acme" });
  const living = opened.move();
  return {
    world,
    twin,
    report,
    settings,
    dana,
    token,
    read: decisionReader(world.store),
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

/** Prints what was recorded since the last step and gives the lines. */
export async function show(scene: Scene, step: number): Promise<DecisionLine[]> {
  const lines = await scene.read(step);
  for (const line of lines) scene.report.decision(line);
  return lines;
}

/** Requests that changed something at the payment system, or might have. */
export function effects(twin: StripeTwin): number {
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

function startTwin(): Promise<StripeTwin> {
  const charge = (amount: number): { amount: number; currency: string } => ({ amount, currency: "usd" });
  return stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_acme_1: charge(4_200),
          ch_acme_2: charge(38_000),
          ch_acme_3: charge(3_000),
          ch_acme_4: charge(2_500),
          ch_acme_5: charge(9_000),
        },
      },
      acct_globex: { charges: { ch_globex_1: charge(4_200) } },
    },
    keys: [{ secret: ROOT_SECRET, permissions: { charges: "read", refunds: "write" } }],
  });
}
