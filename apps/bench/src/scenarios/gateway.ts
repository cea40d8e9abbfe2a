import { generateSigner, randomToken, thumbprint } from "@watchword/core";
import { type Contestant, compare } from "../frame/compare.ts";
import { type MeasuredProcess, measuredProcess } from "../frame/measured-process.ts";
import type { Scenario, ScenarioContext, ScenarioResult } from "../scenario.ts";
import type { GatewaySettings } from "../servers/gateway-process.ts";
import type { ProxySettings } from "../servers/proxy-process.ts";
import { provedContestant } from "../world/proved-requests.ts";

type Server = MeasuredProcess<{ url: string }>;

const UPSTREAM = new URL("../servers/upstream-process.ts", import.meta.url);
const PROXY = new URL("../servers/proxy-process.ts", import.meta.url);
const GATEWAY = new URL("../servers/gateway-process.ts", import.meta.url);
const TITLE = "one request of 1 kB through to a system and back: CPU of the process in between";
const ASSUMED = "gateway, signatures assumed";
const FRESH = "gateway, a fresh proof each";
/** Warm-ups of other scenarios that go ahead here. */
const WARM_UP_TIMES = 5;

/** What a gateway that proves each request costs beside a proxy that puts one shared key on everything. */
export const gatewayCost: Scenario = {
  name: "gateway",
  title: "the gateway beside a bare undici reverse proxy",
  run: measure,
};

async function measure({ effort, progress }: ScenarioContext): Promise<ScenarioResult> {
  await using open = new AsyncDisposableStack();
  const started = async (file: URL, settings: object): Promise<Server> =>
    open.use(await measuredProcess<{ url: string }>(file, settings));
  const upstream = (await started(UPSTREAM, {})).ready.url;
  const signer = await generateSigner();
  const agent = { signer, handle: randomToken(32) };
  const known = { upstream, handle: agent.handle, thumbprint: await thumbprint(signer.publicJwk) };
  const proxy = (checks: boolean): Promise<Server> =>
    started(PROXY, { upstream, checks } satisfies ProxySettings);
  const gateway = (signatures: GatewaySettings["signatures"]): Promise<Server> =>
    started(GATEWAY, { ...known, signatures } satisfies GatewaySettings);
  const contestants: Contestant[] = [
    provedContestant("bare proxy", await proxy(false), agent),
    provedContestant("bare proxy, a second time", await proxy(false), agent),
    provedContestant("bare proxy that checks the proof's signature", await proxy(true), agent),
    provedContestant(ASSUMED, await gateway("assumed"), agent),
    provedContestant(FRESH, await gateway("checked"), agent),
  ];
  const warm = { ...effort, warmUp: effort.warmUp * WARM_UP_TIMES };
  const comparison = await compare(contestants, warm, { now: () => performance.now(), progress });
  return {
    comparisons: [{ title: TITLE, ...comparison }],
    counts: [],
    goals: [
      { comparison: TITLE, row: ASSUMED, atMost: 1.25 },
      { comparison: TITLE, row: FRESH, atMost: 2 },
    ],
    notes: [
      "bare proxy: node:http in, undici's stream out, one shared key put on, hop-by-hop headers taken off; nothing is read or compared.",
      "bare proxy, a second time: the same server once more. What it is off from 1 is the noise of this run.",
      "bare proxy that checks the proof's signature: the least that a fresh proof costs: its key imported once, one ES256 verify and one SHA-256 by the cheapest calls of node:crypto.",
      "gateway: its own listener and connections, a lease of any number of uses in memory, an adapter that reads the action back and writes the request anew. What the broker does for each use is not in it.",
      `${ASSUMED}: crypto.verify replaced in that process, to tell the rest of the work from the signature; no gateway has a mode in which a proof holds twice.`,
    ],
  };
}
