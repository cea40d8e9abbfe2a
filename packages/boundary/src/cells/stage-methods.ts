import { once } from "node:events";
import { connect } from "node:net";
import { parsePolicy } from "@watchword/policy";
import type { SystemUnderTest } from "../system-under-test.ts";
import { Closing } from "../world/closing.ts";
import { loadParts } from "../world/load-parts.ts";
import { type OpenedStage, WORLD_ISSUER, openStage } from "../world/open-stage.ts";
import type { Stage } from "../world/stage.ts";
import { type CellCalls, callCell } from "./call-cell.ts";
import { probeRoutes } from "./probe-routes.ts";
import { sealCanaries } from "./seal-canaries.ts";
import type { CellMethods } from "./serve-calls.ts";
import { type SystemsApart, systemsApart } from "./systems-apart.ts";
import { TWINS_PORT } from "./twins-methods.ts";

/** A world to open in the stage's cell. */
export interface StagePlace {
  readonly world: string;
  /** The policy's canonical JSON, and its version. */
  readonly policy: string;
  readonly version: string;
  /** Paths of the sockets that broker and gateway are to answer on. */
  readonly broker: string;
  readonly gateway: string;
}

/** One call of {@link Stage}. */
export interface StageCall {
  readonly world: string;
  readonly method: keyof Stage;
  readonly args: readonly unknown[];
}

/**
 * What the stage's cell can be asked to do: the real broker and the real gateway of any number of worlds, and their twins.
 *
 * @param twins host of the cell in which twins run; left out: in this one
 */
export async function stageMethods(
  systems: Readonly<Record<string, SystemUnderTest>>,
  twins?: string,
): Promise<CellMethods> {
  const [parts, { brokerHttp }] = await Promise.all([loadParts(), import("@watchword/broker/http")]);
  const worlds = new Map<string, HeldStage>();
  let calls: CellCalls | undefined;
  const placed = async (declared: typeof systems, host: string): Promise<SystemsApart> => {
    calls ??= await callTwins(host);
    return systemsApart(declared, calls, host);
  };
  const held = (world: string): HeldStage => {
    const opened = worlds.get(world);
    if (opened === undefined) throw new TypeError(`the stage has no world ${world}`);
    return opened;
  };
  return {
    open: async ({ world, policy: text, version, broker, gateway }: StagePlace) => {
      const policy = parsePolicy([{ name: "policy", text }]);
      if (policy.version !== version) throw new Error("the policy came to the cell as another one");
      const stack = new Closing();
      const declared = Object.fromEntries(
        Object.entries(systems).filter(([system]) => Object.hasOwn(policy.document.systems, system)),
      );
      const apart = twins === undefined ? undefined : await placed(declared, twins);
      try {
        const opened = await openStage(
          parts,
          { policy, systems: apart?.systems ?? declared },
          {},
          ({ listen }) => listen({ socket: gateway }),
          stack,
        );
        const listener = await parts.listen({ socket: broker });
        stack.defer(() => listener.close());
        const http = brokerHttp({ client: opened.broker.client });
        listener.serve(async (request) => {
          const answer = await http.fetch(request);
          // Everything that the agent is answered is looked through for secrets.
          opened.secrets.look("an answer to the agent", withoutReleased(await answer.clone().text()));
          return answer;
        });
        worlds.set(world, { ...opened, stack, refresh: async () => apart?.refresh() });
        return { issuer: WORLD_ISSUER };
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
    stage: async ({ world, method, args }: StageCall) => {
      const { stage, refresh } = held(world);
      if (!Object.hasOwn(stage, method)) throw new TypeError(`a stage has no method ${method}`);
      if (method === "seen") await refresh();
      const result = await (stage[method] as (...args: readonly unknown[]) => unknown)(...args);
      // Both move the clock, which is the twins', too.
      if (method === "time" || method === "evidence") await refresh();
      return result;
    },
    canaries: ({ world, key }: { readonly world: string; readonly key: string }) =>
      sealCanaries(held(world).secrets.secrets, key),
    probeRoutes,
  };
}

interface HeldStage extends OpenedStage {
  readonly stack: Closing;
  readonly refresh: () => Promise<void>;
}

async function callTwins(host: string): Promise<CellCalls> {
  const socket = connect({ host, port: TWINS_PORT });
  await once(socket, "connect");
  return callCell(socket, socket, () => "the twins' cell closed its connection");
}

/** A released credential is handed to the tool because the grant says so: it is no leak. */
function withoutReleased(text: string): string {
  try {
    const answer = JSON.parse(text) as { readonly token_type?: string };
    return answer.token_type === "N_A" ? JSON.stringify({ ...answer, access_token: "" }) : text;
  } catch {
    return text;
  }
}
