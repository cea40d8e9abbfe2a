import { inspect } from "node:util";
import { Identifier, type OperationReference, ProposedMoney, operation, system } from "@watchword/core";
import { expect } from "vitest";
import type { BridgeCall, BridgeFixture, BridgedAgent } from "./bridge-fixture.ts";
import type {
  BridgeArguments,
  BridgeBroker,
  BridgeBrokerOptions,
  BridgeRuntime,
  BridgeTool,
} from "./bridge-middleware.ts";

type CallTool = (
  agent: BridgedAgent,
  toolArguments: object,
  context?: Partial<BridgeCall>,
) => Promise<unknown>;

/** A broker by script, a runtime on it, and everything secret that went between them. */
export interface BridgeWorld {
  readonly broker: BridgeBroker;
  readonly runtime: BridgeRuntime;
  /** Calls a tool within a run, and insists that the model is shown no secret. */
  readonly call: CallTool;
  /** The same, wherever the caller stands. */
  readonly callHere: CallTool;
}

/** What the broker does besides its script. */
export interface BridgeWorldOptions extends BridgeBrokerOptions {
  /** Thrown instead of an answer to any action. */
  readonly away?: Error;
}

/** The name under which the suite registers its tool. */
export const TOOL = "close_ticket";
export const CALL_ID = "call_of_the_model_7";

/** Opens a world over the fixture's middleware. */
export function bridgeWorld({ middleware }: BridgeFixture, options: BridgeWorldOptions = {}): BridgeWorld {
  const { away, ...script } = options;
  const broker = middleware.fakeBroker(script);
  const secrets = new Set(script.released === undefined ? [] : [script.released]);
  let started = false;
  const client: typeof broker.client = {
    ...broker.client,
    token: async (request) => {
      if (away !== undefined && started) throw away;
      started = true;
      const answer = await broker.client.token(request);
      if (answer.ok) secrets.add(answer.access_token);
      if (request.actor_token !== undefined) secrets.add(request.actor_token);
      return answer;
    },
  };
  const runtime = middleware.createRuntime({
    broker: client,
    fetch: broker.fetch,
    workload: async () => "workload_token_0123456789",
    agent: "support@3",
    onToolError: () => undefined,
  });
  const callHere: CallTool = async (agent, toolArguments, context = {}) => {
    const shown = await agent.call(TOOL, toolArguments, { callId: CALL_ID, ...context });
    const text = said(shown);
    for (const secret of secrets) expect(text.includes(secret), "a secret is shown to the model").toBe(false);
    return shown;
  };
  return {
    broker,
    runtime,
    callHere,
    call: (agent, toolArguments, context) =>
      runtime.run({ thread: "thread-1" }, () => callHere(agent, toolArguments, context)),
  };
}

const { ticketsClose } = system("tickets", {
  adapter: "tickets",
  operations: {
    ticketsClose: operation({
      name: "tickets.close",
      access: "write",
      title: "Close a ticket",
      resource: {},
      references: ["ticket"],
      decided: [],
      example: { ticket: "t.1" },
      arguments: ProposedMoney.pick({}).extend({ ticket: Identifier }),
    }),
  },
});

/** JSON Schema of the suite's tool. */
export const INPUT_SCHEMA = Object.freeze({
  type: "object",
  properties: {
    ticket: { type: "string", description: "which one" },
    note: { type: "string" },
    lines: { type: "array", items: { type: "string" } },
    nested: {
      type: "object",
      properties: { deep: { type: "array", items: { type: "number" } } },
      additionalProperties: false,
    },
    count: { type: "integer" },
    nothing: { type: "null" },
    sure: { type: "boolean" },
  },
  required: ["ticket"],
  additionalProperties: false,
});

/** The suite's tool behind its guard. `bound` gets what reaches the binding. */
export function guardedTool(
  { middleware }: BridgeFixture,
  execute: BridgeTool["execute"],
  bound: unknown[] = [],
): object {
  const read = (toolArguments: BridgeArguments): object => {
    bound.push(structuredClone(toolArguments));
    return { ticket: toolArguments.ticket };
  };
  const reference: OperationReference = ticketsClose;
  return middleware.guard(
    { name: TOOL, description: "Close a ticket", inputSchema: INPUT_SCHEMA, execute },
    middleware.bind(reference, read),
  );
}

/** The request of the suite's tool. */
export const sendClose = (fetch: typeof globalThis.fetch, ticket: string): Promise<Response> =>
  fetch(`https://api.example/tickets/${ticket}`, { method: "POST", body: "closed=true" });

/** Everything that a value says. */
export function said(value: unknown): string {
  return `${JSON.stringify(value) ?? ""} ${inspect(value, { depth: 12, showHidden: true })}`;
}

/** The first object with this member in what the model is shown, also inside of texts that hold JSON. */
export function findWith(shown: unknown, member: string): Readonly<Record<string, unknown>> | undefined {
  if (typeof shown === "string") {
    try {
      return findWith(JSON.parse(shown), member);
    } catch {
      return undefined;
    }
  }
  if (typeof shown !== "object" || shown === null) return undefined;
  if (Object.hasOwn(shown, member)) return shown as Readonly<Record<string, unknown>>;
  for (const part of Object.values(shown)) {
    const found = typeof part === "number" ? undefined : findWith(part, member);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Lets everything that is ready go on, so many times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
