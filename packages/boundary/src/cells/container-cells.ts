import { randomUUID } from "node:crypto";
import { Closing } from "../world/closing.ts";
import type { CellClaim } from "./cell-claim.ts";
import { baseImage, cellImage } from "./cell-images.ts";
import { IN_MEMORY, cellNetwork, cellVolume } from "./cell-network.ts";
import { cellOptions } from "./cell-options.ts";
import { cellProgram } from "./cell-program-of.ts";
import type { CellModules, RunningCells } from "./cells.ts";
import { type CellProgram, codeOf, pathInCell } from "./code-of.ts";
import { conditionsOf } from "./conditions-of.ts";
import { containerSearch } from "./container-search.ts";
import type { Engine } from "./engine.ts";
import { introduceCells } from "./introduce-cells.ts";
import { CELL_USER, GATEWAY_SOCKETS, SOCKETS, STATE } from "./native-files.ts";
import { type Cell, startCell } from "./start-cell.ts";
import { sweepCells } from "./sweep-cells.ts";

/** Runs that began longer ago than this are over, however they ended. */
const FORGOTTEN_MILLISECONDS = 6 * 3_600_000;

/**
 * Agent, broker, gateway and twins in containers of their own, compared with what is claimed of them. Between the agent and the
 * others there is nothing but the volumes with the sockets of broker and gateway; between those a network that reaches nobody
 * else. What an earlier run left behind is swept first, and what this one made at its end.
 *
 * @param base an image with Node, where this machine's own Node is none for a container
 */
export async function containerCells(
  engine: Engine,
  { systems: { module, name }, tools }: CellModules,
  base?: string,
): Promise<RunningCells> {
  const run = randomUUID();
  const began = new Date();
  await sweepCells(engine, { olderThan: new Date(began.getTime() - FORGOTTEN_MILLISECONDS).toISOString() });
  const stack = new Closing();
  stack.defer(() => sweepCells(engine, { run }));
  try {
    // INVARIANT: the agent's image is made of the agent's code alone; systems bring their secrets in theirs.
    const imageOf = async (program: CellProgram): Promise<string> => {
      const [from, code] = await Promise.all([node, codeOf(program)]);
      return cellImage(engine, from, code);
    };
    const node = base === undefined ? baseImage(engine) : Promise.resolve(base);
    const of = [module.href, name] as const;
    const [stageImage, gatewayImage, agentImage] = await Promise.all([
      imageOf(cellProgram("stage", ...of)),
      imageOf(cellProgram("gateway", ...of)),
      imageOf(cellProgram("agent", ...(tools === undefined ? [] : [tools.href]))),
    ]);
    const volume = (what: string, options?: typeof IN_MEMORY): Promise<string> =>
      cellVolume(engine, `watchword-${run}-${what}`, run, began.toISOString(), options);
    const [sockets, gatewaySockets, state] = await Promise.all([
      volume("sockets"),
      volume("gateway"),
      volume("state", IN_MEMORY),
    ]);
    const start = (image: string, claim: CellClaim, ...words: readonly string[]) => {
      const program = pathInCell(cellProgram().url);
      const command = ["/usr/local/bin/node", ...conditionsOf(process.execArgv), program, ...words];
      return startCell(engine, cellOptions(image, command, claim, began.toISOString()), claim);
    };
    const network = await cellNetwork(engine, run, began.toISOString());
    const common = {
      run,
      network: null,
      user: CELL_USER,
      pids: 128,
      memory: 1 << 30,
      environment: [],
    } as const;
    const words = [pathInCell(module), name];
    const startAgent = (role: "agent" | "intruder"): Promise<Cell> => {
      const mounts = [
        { volume: sockets, at: SOCKETS, writable: false },
        { volume: gatewaySockets, at: GATEWAY_SOCKETS, writable: false },
      ];
      const own = tools === undefined || role === "intruder" ? [] : [pathInCell(tools)];
      return start(agentImage, { ...common, role, mounts }, "agent", ...own);
    };
    const startStage = async (): Promise<readonly [Cell, Cell]> => {
      const claimed = { ...common, role: "twins", network, mounts: [] } as const;
      const twins = await start(stageImage, claimed, "twins", ...words);
      // It answers when it listens: the stage has somebody to connect to.
      await twins.call("probeRoutes", []);
      const mounts = [
        { volume: sockets, at: SOCKETS, writable: true },
        { volume: state, at: STATE, writable: true },
      ];
      const environment = [`TMPDIR=${STATE}`];
      const claim = { ...common, role: "stage", network, mounts, environment } as const;
      return [twins, await start(stageImage, claim, "stage", ...words, "twins")];
    };
    // INVARIANT: nothing that the broker keeps is mounted where the gateway is, and neither can put a socket in the other's place.
    const startGateway = (): Promise<Cell> => {
      const mounts = [{ volume: gatewaySockets, at: GATEWAY_SOCKETS, writable: true }];
      return start(gatewayImage, { ...common, role: "gateway", network, mounts }, "gateway", ...words);
    };
    const [[twins, stage], gateway, agent] = await Promise.all([
      startStage(),
      startGateway(),
      startAgent("agent"),
    ]);
    await introduceCells(stage, gateway);
    const search = await containerSearch(engine, { agent, stage, gateway, twins });
    return {
      isolation: "container",
      stage,
      gateway,
      agent,
      intruder: () => startAgent("intruder"),
      sockets: { broker: SOCKETS, gateway: GATEWAY_SOCKETS },
      host: "stage",
      search,
      [Symbol.asyncDispose]: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}
