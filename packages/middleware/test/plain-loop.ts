import type { BridgeFixture, BridgedAgent } from "@watchword/conformance";
import { assertGuarded, bind, createRuntime, guard } from "../src/index.ts";
import { fakeBroker } from "../src/testing/index.ts";

interface LoopTool {
  readonly inputSchema?: object;
  execute(toolArguments: object, options: object): Promise<unknown>;
}

/** The smallest agent framework there is: it looks a tool up by its name and shows the model what it gave. */
export function plainLoop(
  tools: Readonly<Record<string, object>>,
  { providerExecuted = [] }: { readonly providerExecuted?: readonly string[] } = {},
): BridgedAgent {
  assertGuarded(tools, { allow: providerExecuted });
  const find = (name: string): LoopTool => {
    const tool = tools[name];
    if (tool === undefined) throw new Error(`no tool ${name}`);
    return tool as LoopTool;
  };
  return {
    call: async (name, toolArguments, { callId, signal, pending }) => {
      const options = {
        toolCallId: callId,
        abortSignal: signal,
        ...(pending === undefined ? {} : { pending }),
      };
      return whole(await find(name).execute(toolArguments, options));
    },
    schemaOf: (name) => find(name).inputSchema,
    unbrokered: Object.keys(tools).filter((name) => providerExecuted.includes(name)),
  };
}

/** All parts of a result that comes in parts. */
async function whole(result: unknown): Promise<unknown> {
  if (typeof result !== "object" || result === null || !(Symbol.asyncIterator in result)) return result;
  const parts: unknown[] = [];
  for await (const part of result as AsyncIterable<unknown>) parts.push(part);
  return parts;
}

/** The fixture of the plain loop, or of another way to register tools with it. */
export function plainLoopFixture(register: BridgeFixture["register"] = plainLoop): BridgeFixture {
  return { middleware: { bind, createRuntime, fakeBroker, guard }, register };
}
