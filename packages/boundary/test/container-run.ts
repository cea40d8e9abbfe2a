import { randomUUID } from "node:crypto";
import { baseImage, cellImage } from "../src/cells/cell-images.ts";
import type { CellClaim, CellRole } from "../src/cells/cell-claim.ts";
import { cellNetwork, cellVolume } from "../src/cells/cell-network.ts";
import { cellOptions } from "../src/cells/cell-options.ts";
import { codeOf, pathInCell } from "../src/cells/code-of.ts";
import { conditionsOf } from "../src/cells/conditions-of.ts";
import type { Engine } from "../src/cells/engine.ts";
import { CELL_USER, SOCKETS } from "../src/cells/native-files.ts";
import { startCell } from "../src/cells/start-cell.ts";
import { sweepCells } from "../src/cells/sweep-cells.ts";

/** The program that stands in for broker and agent. */
const STAND_IN = { url: new URL("stand-in-cell.ts", import.meta.url), words: [] } as const;

/** One run of cells with the stand-in's program; what is asked for can be changed, as somebody would by mistake. */
export async function containerRun(engine: Engine) {
  const run = randomUUID();
  const began = new Date().toISOString();
  const image = await cellImage(engine, await baseImage(engine), await codeOf(STAND_IN));
  const network = await cellNetwork(engine, run, began);
  const volume = await cellVolume(engine, `watchword-${run}-sockets`, run, began);
  const command = ["/usr/local/bin/node", ...conditionsOf(process.execArgv), pathInCell(STAND_IN.url)];
  const mounts = { agent: [false], intruder: [false], stage: [true], gateway: [true], twins: [] } as const;
  const claimOf = (role: CellRole): CellClaim => ({
    role,
    run,
    network: role === "agent" || role === "intruder" ? null : network,
    mounts: mounts[role].map((writable) => ({ volume, at: SOCKETS, writable })),
    environment: [],
    user: CELL_USER,
    pids: 64,
    memory: 256 * 1024 * 1024,
  });
  type Options = ReturnType<typeof cellOptions>;
  return {
    run,
    began,
    image,
    network,
    volume,
    claimOf,
    start: (role: CellRole, change: (options: Options) => object = (options) => options) => {
      const claim = claimOf(role);
      return startCell(engine, change(cellOptions(image, command, claim, began)) as Options, claim);
    },
    [Symbol.asyncDispose]: async () => void (await sweepCells(engine, { run })),
  };
}
