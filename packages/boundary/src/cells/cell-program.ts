import type { SystemUnderTest } from "../system-under-test.ts";
import { type CellMethods, serveCalls } from "./serve-calls.ts";

// A program, the one of every cell: `agent`, or `stage <module> <export>`. Each loads its own half only, so that the code in an
// agent's cell is no more than what a runtime has.
const [role, module = "", name = ""] = process.argv.slice(2);
const methods: CellMethods =
  role === "agent"
    ? await (await import("./agent-methods.ts")).agentMethods()
    : await (await import("./stage-methods.ts")).stageMethods(await systemsOf(module, name));
await serveCalls(methods, process.stdin, process.stdout);
process.exit(0);

/** The systems that a module exports by a name: as they are, or as those of a suite. */
async function systemsOf(path: string, exported: string): Promise<Readonly<Record<string, SystemUnderTest>>> {
  const found = ((await import(path)) as Readonly<Record<string, unknown>>)[exported];
  if (typeof found !== "object" || found === null) throw new TypeError(`${path} exports no ${exported}`);
  return ("systems" in found ? found.systems : found) as Readonly<Record<string, SystemUnderTest>>;
}
