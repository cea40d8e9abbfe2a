import {
  type Authority,
  type Operation,
  Refusal,
  type SeenAction,
  type Value,
  type ValueMap,
  canonicalJson,
  findOperation,
  requestProblem,
} from "@watchword/core";
import type { RunningSystem } from "../system-under-test.ts";
import type { DecidedUse } from "./intent-witness.ts";
import type { StageSet } from "./same-process-stage.ts";
import { type SentRequest, actionSent } from "./sent-witness.ts";
import type { Deed, Stage, TenantAction } from "./stage.ts";

/**
 * What came of a tool's call that was allowed, beside what somebody wrote down that it means: by the ledger, what was decided;
 * by the requests that left for the system, what was done.
 *
 * @throws Error when the decision is about a system that does not run here
 */
export async function deedOf(
  set: StageSet,
  { decisionId, action, proposed }: Parameters<Stage["deed"]>[0],
): Promise<Deed> {
  const running = set.systems[action.system];
  const entry =
    running === undefined ? undefined : findOperation(running.adapter.catalogue, action.operation);
  if (running === undefined || entry === undefined)
    throw new Error(`no system of this world does ${action.system}/${action.operation}`);
  const decided = await set.intents.decided(decisionId);
  const sent = set.sent.sent(decisionId);
  return {
    decided:
      decided === undefined ? "nothing was decided" : decidedOtherwise(entry, action, decided, proposed),
    sent:
      sent
        .map((request) => sentOtherwise(entry, action, running, request))
        .find((difference) => difference !== null) ?? null,
    // By the ledger: a use that has no record accounts for nothing.
    requests: decided?.uses ?? 0,
    writes: entry.access === "write" ? (decided?.uses ?? 0) : 0,
    refused: decided?.refused ?? null,
    unknown: decided?.unknown ?? false,
  };
}

/**
 * Where what was decided is another action than is expected. What nobody expected may be there where the broker is the one who
 * decides it, and the tool did not ask for it.
 */
function decidedOtherwise(
  entry: Operation,
  expected: TenantAction,
  decided: DecidedUse,
  proposed: readonly string[],
): string | null {
  for (const name of ["system", "operation"] as const)
    if (decided[name] !== expected[name]) return unlike(name, expected[name], decided[name]);
  const [wanted, held] = [expected.arguments, decided.arguments];
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(held), ...proposed])) {
    const leftOpen = !Object.hasOwn(wanted, name) && entry.decided.includes(name) && !proposed.includes(name);
    if (!leftOpen && textOf(wanted, name) !== textOf(held, name))
      return unlike(name, textOf(wanted, name), textOf(held, name));
  }
  return null;
}

/** Where what left for the system is another action than is expected, as the adapter reads it back. */
function sentOtherwise(
  entry: Operation,
  { system, operation, resource, arguments: values }: TenantAction,
  running: RunningSystem,
  request: SentRequest,
): string | null {
  let seen: SeenAction;
  try {
    seen = actionSent(running, request);
  } catch (error) {
    if (Refusal.is(error)) return `a request that ${running.adapter.name} cannot read back`;
    throw error;
  }
  const open = entry.decided.filter((name) => !Object.hasOwn(values, name));
  const expected: Authority = {
    system,
    operation,
    access: entry.access,
    resource: { ...seen.resource, ...resource },
    arguments: { ...pick(seen.arguments, open), ...values },
    native: {},
  };
  const problem = requestProblem(entry, expected, seen);
  if (problem === undefined) return null;
  const name = problem.replace("arguments.", "");
  return problem.startsWith("arguments.")
    ? unlike(name, textOf(values, name), textOf(seen.arguments, name))
    : `another ${problem} was sent`;
}

function unlike(name: string, wanted: string | undefined, held: string | undefined): string {
  return `${name}: expected ${wanted ?? "nothing"}, got ${held ?? "nothing"}`;
}

function pick(values: ValueMap, names: readonly string[]): ValueMap {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

function textOf(values: ValueMap, name: string): string | undefined {
  const value: Value | undefined = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? undefined : canonicalJson(value);
}
