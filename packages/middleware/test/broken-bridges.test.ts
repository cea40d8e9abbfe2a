import { AsyncLocalStorage } from "node:async_hooks";
import { BRIDGE_CASES, type BridgeCall, type BridgeFixture, type BridgedAgent } from "@watchword/conformance";
import { expect, test } from "vitest";
import { plainLoop, plainLoopFixture } from "./plain-loop.ts";

type Call = BridgedAgent["call"];

/** A plain loop whose calls go another way. */
const callsBy =
  (change: (call: Call) => Call): BridgeFixture["register"] =>
  (tools, options) => {
    const agent = plainLoop(tools, options);
    return { ...agent, call: change(agent.call) };
  };
const withContext = (change: (context: BridgeCall) => BridgeCall): BridgeFixture["register"] =>
  callsBy((call) => (name, toolArguments, context) => call(name, toolArguments, change(context)));

/** Runs every call in the frame of the first one. */
const oneFrame = callsBy((call) => {
  let first: (<Result>(fn: () => Result) => Result) | undefined;
  return (...given) => {
    first ??= AsyncLocalStorage.snapshot();
    return first(() => call(...given));
  };
});

/** Shows the model what its denial was for, as an error's text. */
const throwsDenials = callsBy((call) => async (...given) => {
  const shown = await call(...given);
  if (typeof shown === "object" && shown !== null && "reason" in shown)
    throw new Error(`denied: ${String(shown.reason)}`);
  return shown;
});

/** Calls what is under the guard, if it finds it. */
const openDoor: BridgeFixture["register"] = (tools, options) =>
  plainLoop(tools, { providerExecuted: [...Object.keys(tools), ...(options?.providerExecuted ?? [])] });

// The suite is for bridges that nobody has written yet: that it can fail is shown on ones that are broken on purpose.
test.for<{ bridge: string; register: BridgeFixture["register"]; notices: readonly string[] }>([
  {
    bridge: "throws denials",
    register: throwsDenials,
    notices: [
      "an error that a tool throws is shown without its text, and never with the credential in it",
      "a denial is shown as data: reason, decision id, whether to try again; the tool is not called",
      "outside of a run nothing is called: no_run",
      "a broker that is away denies, and the model is not shown how: internal",
      "arguments that do not fit are refused before anybody is asked: binding_failed",
      "an action that waits for a person is told with the approval's id and address, without its transaction",
      "an action that waited goes on as the same action, in a new run, and once",
    ],
  },
  {
    bridge: "mixes up the runs of two tenants",
    register: oneFrame,
    notices: [
      "an action that waited goes on as the same action, in a new run, and once",
      "calls of two tenants' runs at once each use their own run",
    ],
  },
  {
    bridge: "lets tools without a guard in",
    register: openDoor,
    notices: [
      "a tool without a guard cannot be registered, and the refusal names it",
      "a copy of a guarded tool with another execute cannot be registered",
      "a tool that the provider runs is reported as unbrokered, and no other",
      "a tool is not the provider's because it looks so: it must be named",
    ],
  },
  {
    bridge: "tidies arguments up",
    register: callsBy(
      (call) => (name, toolArguments, context) =>
        call(
          name,
          Object.fromEntries(Object.entries(toolArguments).filter(([, value]) => value !== null)),
          context,
        ),
    ),
    notices: ["arguments reach binding and tool unchanged, and once"],
  },
  {
    bridge: "calls twice, to be sure",
    register: callsBy((call) => async (...given) => {
      await call(...given);
      return call(...given);
    }),
    notices: [
      "arguments reach binding and tool unchanged, and once",
      "a call keeps the id and the name that the model knows it by",
      "the tool's result is what the model is shown",
      "an action that waited goes on as the same action, in a new run, and once",
      "calls of two tenants' runs at once each use their own run",
      "two calls at once in one run are two actions with their own arguments and ids",
      "after a call has returned, a credential that the tool kept is gone",
    ],
  },
  {
    bridge: "does not tell tools of a cancellation",
    register: withContext(({ signal: _signal, ...context }) => context),
    notices: ["a call that the framework cancels is told so, and its credential is gone with it"],
  },
  {
    bridge: "makes up ids of calls",
    register: withContext((context) => ({ ...context, callId: "call_1" })),
    notices: [
      "a call keeps the id and the name that the model knows it by",
      "two calls at once in one run are two actions with their own arguments and ids",
    ],
  },
  {
    bridge: "forgets what waited for a person",
    register: withContext(({ pending: _pending, ...context }) => context),
    notices: ["an action that waited goes on as the same action, in a new run, and once"],
  },
  {
    bridge: "shows a schema of its own",
    register: (tools, options) => ({ ...plainLoop(tools, options), schemaOf: () => ({ type: "object" }) }),
    notices: ["the schema that the model is shown is the tool's own"],
  },
  {
    bridge: "shows a stream as what it is",
    register: (tools, options) => ({
      ...plainLoop(tools, options),
      call: async (name, toolArguments, { callId, signal, pending }) =>
        (tools[name] as { execute(...given: unknown[]): Promise<unknown> }).execute(toolArguments, {
          toolCallId: callId,
          abortSignal: signal,
          ...(pending === undefined ? {} : { pending }),
        }),
    }),
    notices: ["a result that comes in parts is shown to its end, in order"],
  },
])("the suite notices a bridge that $bridge", async ({ register, notices }) => {
  const noticed: string[] = [];
  for (const { name, check } of BRIDGE_CASES)
    await check(plainLoopFixture(register)).catch(() => noticed.push(name));
  expect(noticed.toSorted()).toEqual(notices.toSorted());
});
