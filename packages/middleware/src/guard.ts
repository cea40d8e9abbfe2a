import { randomToken } from "@watchword/core";
import { GUARDED } from "./assert-guarded.ts";
import type { Binding } from "./bind.ts";
import { TOOL_BINDING, type ToolBinding } from "./tool-binding.ts";
import { type Denial, denial } from "./denial.ts";
import { currentRun } from "./run-frame.ts";
import { sessionOf } from "./run-session.ts";
import { type GuardedCall, runTool } from "./run-tool.ts";
import type { CallOptions, GuardedTool, Tool } from "./tool.ts";

/**
 * The only door to a tool: it runs only inside a run, for an action that the broker allowed, with a credential for
 * exactly that action. Everything else is a denial, as a value: thrown texts would reach the model.
 *
 * @throws TypeError when the tool has no usable name.
 *
 * @example
 * ```ts
 * const refund = guard(refundTool, bind(payments.refundsCreate, ({ charge }: { charge: string }) => ({ charge })));
 * ```
 */
export function guard<Arguments, Result, Shape extends object = object>(
  tool: Shape & Tool<Arguments, Result>,
  binding: Binding<Arguments>,
): Omit<Shape, "execute"> & GuardedTool<Arguments, Result> {
  if (tool.name.length < 1 || tool.name.length > 128)
    throw new TypeError("guard: a tool's name has 1–128 characters");
  const toolBinding: ToolBinding = Object.freeze({
    tool: tool.name,
    system: binding.system,
    operation: binding.operation,
  });
  const execute = Object.assign(
    (toolArguments: Arguments, given?: CallOptions | null): Promise<Result | Denial> => {
      const options = given ?? {};
      return enter({ tool, binding, toolArguments, options, callId: callIdOf(options) });
    },
    { [GUARDED]: true, [TOOL_BINDING]: toolBinding },
  );
  const guarded: unknown = Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    execute: { value: execute, enumerable: true },
    [GUARDED]: { value: true },
  });
  return guarded as Omit<Shape, "execute"> & GuardedTool<Arguments, Result>;
}

async function enter<Arguments, Result>(call: GuardedCall<Arguments, Result>): Promise<Result | Denial> {
  const frame = currentRun();
  if (frame === undefined) return denial("no_run");
  const session = sessionOf(frame);
  return session === undefined ? denial("run_ended") : runTool(session, call);
}

function callIdOf({ toolCallId, pending }: CallOptions): string {
  const given = toolCallId ?? pending?.call_id;
  return typeof given === "string" && given.length >= 1 && given.length <= 256
    ? given
    : `call_${randomToken(16)}`;
}
