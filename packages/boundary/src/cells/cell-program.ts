import { once } from "node:events";
import { createServer } from "node:net";
import type { SystemUnderTest } from "../system-under-test.ts";
import { probeRoutes } from "./probe-routes.ts";
import { type CellMethods, serveCalls } from "./serve-calls.ts";

// A program, the one of every cell: `agent`, `twins <module> <export>`, or `stage <module> <export>`, with the host of the twins'
// cell where there is one. Each loads its own part only, so that the code in an agent's cell is no more than what a runtime has.
const [role, module = "", name = "", twins] = process.argv.slice(2);
const methods: CellMethods =
  role === "agent"
    ? await (await import("./agent-methods.ts")).agentMethods()
    : role === "twins"
      ? await serveTwins(await systemsOf(module, name))
      : await (await import("./stage-methods.ts")).stageMethods(await systemsOf(module, name), twins);
await serveCalls(methods, process.stdin, process.stdout);
process.exit(0);

/** The twins' own methods are the stage's to call, on the cells' network. */
async function serveTwins(systems: Readonly<Record<string, SystemUnderTest>>): Promise<CellMethods> {
  const { TWINS_PORT, twinsMethods } = await import("./twins-methods.ts");
  const served = twinsMethods(systems);
  const server = createServer((socket) => void serveCalls(served, socket, socket));
  server.listen(TWINS_PORT, "0.0.0.0");
  await once(server, "listening");
  return { probeRoutes };
}

/** The systems that a module exports by a name: as they are, or as those of a suite. */
async function systemsOf(path: string, exported: string): Promise<Readonly<Record<string, SystemUnderTest>>> {
  const found = ((await import(path)) as Readonly<Record<string, unknown>>)[exported];
  if (typeof found !== "object" || found === null) throw new TypeError(`${path} exports no ${exported}`);
  return ("systems" in found ? found.systems : found) as Readonly<Record<string, SystemUnderTest>>;
}
