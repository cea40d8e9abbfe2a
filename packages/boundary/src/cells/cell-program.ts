import { once } from "node:events";
import { createServer } from "node:net";
import type { SystemUnderTest } from "../system-under-test.ts";
import { probeRoutes } from "./probe-routes.ts";
import { type CellMethods, serveCalls } from "./serve-calls.ts";

// A program, the one of every cell: `agent [<module of tools>]`, `twins <module> <export>`, `gateway <module> <export>`, or
// `stage <module> <export>`, with the host of the twins' cell where there is one. Each loads its own part only, so that the code
// in an agent's cell is no more than what a runtime has.
const [role, module = "", name = "", twins] = process.argv.slice(2);
await serveCalls(await methodsOf(role), process.stdin, process.stdout);
process.exit(0);

async function methodsOf(wanted: string | undefined): Promise<CellMethods> {
  if (wanted === "agent") {
    const { agentMethods } = await import("./agent-methods.ts");
    return agentMethods(module === "" ? undefined : module);
  }
  const systems = await systemsOf(module, name);
  if (wanted === "twins") return serveTwins(systems);
  if (wanted === "gateway") {
    const { gatewayMethods } = await import("./gateway-methods.ts");
    return gatewayMethods(systems);
  }
  const { stageMethods } = await import("./stage-methods.ts");
  return stageMethods(systems, twins);
}

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
