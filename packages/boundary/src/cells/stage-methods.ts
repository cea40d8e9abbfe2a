import { once } from "node:events";
import { connect } from "node:net";
import { parsePolicy } from "@watchword/policy";
import type { SystemUnderTest } from "../system-under-test.ts";
import { Closing } from "../world/closing.ts";
import { loadParts } from "../world/load-parts.ts";
import { type OpenedStage, WORLD_ISSUER, openStage } from "../world/open-stage.ts";
import type { Stage } from "../world/stage.ts";
import { withoutReleased } from "../world/without-released.ts";
import { type CellCalls, callCell } from "./call-cell.ts";
import { CELL_NAMES, type GatewayIdentity } from "./gateway-methods.ts";
import { probeRoutes } from "./probe-routes.ts";
import type { Place } from "./relay.ts";
import { sealCanaries } from "./seal-canaries.ts";
import { selfSigned } from "./self-signed.ts";
import { type SentInCell, sentFromCell } from "./sent-in-cell.ts";
import type { CellMethods } from "./serve-calls.ts";
import { serveLeases } from "./serve-leases.ts";
import { systemsApart, systemsHere } from "./systems-apart.ts";
import { TWINS_PORT } from "./twins-methods.ts";

/** A world to open in the stage's cell. */
export interface StagePlace {
  readonly world: string;
  /** The policy's canonical JSON, and its version. */
  readonly policy: string;
  readonly version: string;
  /** Systems of the module that it is made of. */
  readonly systems: readonly string[];
  /** Path of the socket that the broker is to answer on. */
  readonly broker: string;
  /** Host under which the gateway's cell finds this one. */
  readonly host: string;
}

/** What the gateway's cell needs to know of a world that the stage's opened. */
export interface StageAnswer {
  readonly issuer: string;
  readonly leases: string;
  readonly twins: Readonly<Record<string, Place>>;
}

/** One call of {@link Stage}. */
export interface StageCall {
  readonly world: string;
  readonly method: keyof Stage;
  readonly args: readonly unknown[];
}

/**
 * What the stage's cell can be asked to do: the real broker of any number of worlds, and their twins. Their gateways are another
 * cell's, which is introduced before the first world.
 *
 * @param twins host of the cell in which twins run; left out: in this one
 */
export async function stageMethods(
  systems: Readonly<Record<string, SystemUnderTest>>,
  twins?: string,
): Promise<CellMethods> {
  const [parts, { brokerHttp }] = await Promise.all([loadParts(), import("@watchword/broker/http")]);
  const own = selfSigned(CELL_NAMES);
  const worlds = new Map<string, HeldStage>();
  let gateway: GatewayIdentity | undefined;
  let calls: CellCalls | undefined;
  const place = async (wanted: typeof systems) =>
    twins === undefined
      ? systemsHere(wanted)
      : systemsApart(wanted, (calls ??= await callTwins(twins)), twins);
  const held = (world: string): HeldStage => {
    const opened = worlds.get(world);
    if (opened === undefined) throw new TypeError(`the stage has no world ${world}`);
    return opened;
  };
  return {
    meet: (met: GatewayIdentity) => {
      gateway = met;
      return { certificate: own.certificate };
    },
    open: async ({ world, policy: text, version, systems: names, broker, host }: StagePlace) => {
      if (gateway === undefined) throw new TypeError("the stage has not met a gateway");
      const policy = parsePolicy([{ name: "policy", text }]);
      if (policy.version !== version) throw new Error("the policy came to the cell as another one");
      const { systems: placed, places, refresh } = await place(only(systems, names));
      const stack = new Closing();
      try {
        const opened = await openStage(parts, { policy, systems: placed }, {}, apart, stack);
        const leases = await serveLeases(parts, opened.broker.leases, { own, gateway, host }, stack);
        const listener = await parts.listen({ socket: broker });
        stack.defer(() => listener.close());
        const http = brokerHttp({ client: opened.broker.client });
        listener.serve(async (request) => {
          const answer = await http.fetch(request);
          // Everything that the agent is answered is looked through for secrets.
          opened.secrets.look("an answer to the agent", withoutReleased(policy, await answer.clone().text()));
          return answer;
        });
        worlds.set(world, { ...opened, stack, refresh });
        return { issuer: WORLD_ISSUER, leases, twins: places } satisfies StageAnswer;
      } catch (error) {
        await stack.close();
        throw error;
      }
    },
    close: async ({ world }: { readonly world: string }) => {
      const { stack } = held(world);
      worlds.delete(world);
      await stack.close();
    },
    end: async () => {
      for (const [world, { stack }] of worlds) {
        worlds.delete(world);
        await stack.close();
      }
    },
    stage: async ({ world, method, args }: StageCall) => {
      const { stage, refresh } = held(world);
      if (!Object.hasOwn(stage, method)) throw new TypeError(`a stage has no method ${method}`);
      if (method === "seen") await refresh();
      const result = await (stage[method] as (...args: readonly unknown[]) => unknown)(...args);
      // Both move the clock, which is the twins', too.
      if (method === "time" || method === "evidence") await refresh();
      return result;
    },
    sent: ({
      world,
      decisionId,
      requests,
    }: {
      readonly world: string;
      readonly decisionId: string;
      readonly requests: readonly SentInCell[];
    }) => held(world).sent.note(decisionId, requests.map(sentFromCell)),
    canaries: ({ world, key }: { readonly world: string; readonly key: string }) =>
      sealCanaries(held(world).secrets.secrets, key),
    probeRoutes,
  };
}

interface HeldStage extends OpenedStage {
  readonly stack: Closing;
  readonly refresh: () => Promise<void>;
}

/** The gateway is another cell's; this is where it answers, as agents say it. */
async function apart(): Promise<{ readonly url: string; close(): Promise<void> }> {
  return { url: "http://localhost", close: async () => undefined };
}

/** @throws TypeError for a name that the module does not have */
function only<System>(
  systems: Readonly<Record<string, System>>,
  names: readonly string[],
): Readonly<Record<string, System>> {
  const missing = names.find((name) => !Object.hasOwn(systems, name));
  if (missing !== undefined) throw new TypeError(`the module has no system ${missing}`);
  return Object.fromEntries(Object.entries(systems).filter(([name]) => names.includes(name)));
}

async function callTwins(host: string): Promise<CellCalls> {
  const socket = connect({ host, port: TWINS_PORT });
  await once(socket, "connect");
  return callCell(socket, socket, () => "the twins' cell closed its connection");
}
