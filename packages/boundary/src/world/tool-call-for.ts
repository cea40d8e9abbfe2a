import {
  type Action,
  type Adapter,
  type Authority,
  type Connection,
  type GatewayRequest,
  Refusal,
  canonicalRequest,
  findOperation,
  isMoney,
  newAction,
  parseArguments,
} from "@watchword/core";
import { type RunningSystem, connectionOf } from "../system-under-test.ts";
import type { ToolCall } from "./actor.ts";
import type { StageSet } from "./same-process-stage.ts";
import type { Stage, TenantAction } from "./stage.ts";

const BLANK: GatewayRequest = Object.freeze({
  method: "GET",
  path: "/",
  query: [],
  headers: {},
  body: new Uint8Array(),
});
const STAMP = Object.freeze({ decisionId: "dec_boundary", idempotencyKey: "boundary" });
const LOOK_UP_MILLISECONDS = 5_000;

/**
 * The HTTP request by which a tool would do an action, written by the adapter itself; or one that the situation makes of it.
 *
 * @throws Error when the adapter cannot write one
 */
export async function toolCallFor(
  set: StageSet,
  { action, request }: Parameters<Stage["toolCall"]>[0],
): Promise<ToolCall> {
  const { system } = request === "at-another-service" ? anotherService(set, action) : action;
  const running = set.systems[system];
  if (running === undefined) throw new Error(`no system ${system} runs in this world`);
  const changed = changedAction(set, running, { ...action, system }, request);
  const authority = await planned(set, running, changed);
  const outbound = running.adapter.enforce(authority, BLANK, STAMP);
  const { origin, pathname, search } = new URL(outbound.url);
  const received = unstamped(running, {
    method: outbound.method,
    target: `${pathname}${search}`,
    headers: outbound.headers,
    body: outbound.body ?? new Uint8Array(),
  });
  // A service that takes access tokens is where tools go themselves, with those that are released to them.
  return { system, ...(running.adapter.audience === undefined ? {} : { origin }), ...received };
}

/** Another service that can be asked for the same. */
function anotherService({ systems }: StageSet, action: TenantAction): { readonly system: string } {
  const other = Object.entries(systems).find(
    ([name, { adapter }]) =>
      name !== action.system &&
      adapter.audience !== undefined &&
      findOperation(adapter.catalogue, action.operation) !== undefined,
  );
  if (other === undefined) throw new Error(`no other service has ${action.operation}`);
  return { system: other[0] };
}

/** What a situation changes of the request: another object, operation or amount than was decided. */
function changedAction(
  { tenants }: StageSet,
  running: RunningSystem,
  action: TenantAction,
  request: string,
): TenantAction {
  const { catalogue } = running.adapter;
  if (request === "other-operation") {
    const other = Object.values(catalogue.operations).find(({ name }) => name !== action.operation);
    if (other === undefined) return action;
    const values = running.live?.[other.name] ?? parseArguments(other, other.example);
    return { ...action, operation: other.name, arguments: values };
  }
  if (request === "other-object") {
    const named =
      running.foreign[action.operation] ??
      running.missing[action.operation] ??
      (running.resource === undefined ? running.more?.[action.operation]?.[0] : undefined);
    if (named !== undefined) return { ...action, arguments: { ...action.arguments, ...named } };
    // Looked up as whoever it belongs to: what is sent must be a request that the system would understand.
    return running.resource === undefined
      ? action
      : { ...action, resource: running.resource.other, tenant: tenants.other };
  }
  if (request !== "other-amount") return action;
  const amounts = Object.entries(action.arguments).map(([name, value]): [string, typeof value] =>
    isMoney(value) || isMinor(value) ? [name, { ...value, minor: value.minor + 1 }] : [name, value],
  );
  return { ...action, arguments: Object.fromEntries(amounts) };
}

function isMinor(value: unknown): value is { minor: number } {
  return typeof value === "object" && value !== null && "minor" in value && typeof value.minor === "number";
}

/** The action's authority, as the broker would plan it; where its facts contradict it, without them. */
async function planned(set: StageSet, running: RunningSystem, action: TenantAction): Promise<Authority> {
  const { adapter } = running;
  const connection = connectionFor(set, running, action);
  const { system, operation, resource, arguments: values } = action;
  const entry = findOperation(adapter.catalogue, operation);
  if (entry === undefined) throw new Error(`${adapter.name} has no operation ${operation}`);
  const proposed = newAction({ system, operation, resource, arguments: values });
  // In an account that tenants share, another's object is completed for nobody but them.
  const theirs = connectionFor(set, running, { tenant: set.tenants.other });
  const completed = (await complete(set, adapter, proposed, connection)) ??
    (await complete(set, adapter, proposed, theirs)) ?? { resource: { ...resource }, arguments: values };
  return adapter.plan({ system, operation, ...completed });
}

async function complete(
  set: StageSet,
  adapter: Adapter,
  action: Action,
  connection: Connection,
): Promise<Pick<Action, "resource" | "arguments"> | undefined> {
  try {
    const facts = await adapter.resolve(action, {
      connection,
      fetch: (input, init) => fetch(input, init),
      clock: set.clock,
      signal: AbortSignal.timeout(LOOK_UP_MILLISECONDS),
    });
    return adapter.complete(action, facts, connection.account);
  } catch (error) {
    if (!Refusal.is(error)) throw error;
    return undefined;
  }
}

/** The connection with which the action's own tenant works; other objects are looked up as whoever owns them. */
export function connectionFor(
  { tenants }: StageSet,
  running: RunningSystem,
  { tenant }: { readonly tenant: string },
): Connection {
  return { ...connectionOf(tenant === tenants.other ? running.other : running.own), tenant };
}

function unstamped(
  running: RunningSystem,
  parts: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  },
): Omit<ToolCall, "system"> {
  const received = canonicalRequest({ ...parts, headers: Object.entries(parts.headers) });
  const { headers, body, query } = running.unstamped?.(received) ?? received;
  const asked = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
  return {
    method: parts.method,
    // A stamp may stand in the query, too; where there is none the target stays letter by letter.
    target:
      query.length === received.query.length
        ? parts.target
        : `${received.path}${asked === "" ? "" : `?${asked}`}`,
    headers,
    body: body.byteLength === 0 ? null : Buffer.from(body).toString("base64"),
  };
}
