import {
  type Action,
  type AdapterContext,
  type Authority,
  type Connection,
  type GatewayRequest,
  type Operation,
  type OutboundRequest,
  type Stamp,
  type ValueMap,
  canonicalRequest,
  newAction,
  parseArguments,
  systemClock,
} from "@watchword/core";
import type { AdapterFixture } from "./adapter-fixture.ts";

/** The stamp of every request in the suite. */
export const STAMP: Stamp = Object.freeze({
  decisionId: "dec_conformance",
  idempotencyKey: "conformance-key",
});

/** A request without any content, for `enforce` to start from. */
export const BLANK: GatewayRequest = Object.freeze({
  method: "GET",
  path: "/",
  query: [],
  headers: {},
  body: new Uint8Array(),
});

/** Every operation of the fixture's catalogue. */
export function operationsOf(fixture: AdapterFixture): readonly Operation[] {
  return Object.values(fixture.adapter.catalogue.operations);
}

/** How often a property is tried for each operation: 200 times, less where so many of them are alike, never under 50. */
export function runsFor(fixture: AdapterFixture): number {
  return Math.max(50, Math.min(200, Math.ceil(2_000 / operationsOf(fixture).length)));
}

/** Whether the look-up of an operation asks the system. */
export function looksUp(fixture: AdapterFixture, entry: Operation): boolean {
  return fixture.lookups?.includes(entry.name) ?? entry.references.length > 0;
}

/** An action of one operation, with live arguments unless others are given. */
export function actionFor(fixture: AdapterFixture, entry: Operation, values?: ValueMap): Action {
  const input = values ?? fixture.live?.[entry.name] ?? entry.example;
  return newAction({
    system: fixture.system,
    operation: entry.name,
    resource: fixture.resource?.own ?? {},
    arguments: parseArguments(entry, input),
  });
}

/** A context for one connection. */
export function contextFor(
  connection: Connection,
  signal: AbortSignal = new AbortController().signal,
): AdapterContext {
  return { connection, fetch: (input, init) => fetch(input, init), clock: systemClock, signal };
}

/** The way of an allowed action up to its authority. */
export async function planLive(
  fixture: AdapterFixture,
  entry: Operation,
  connection: Connection = fixture.own,
): Promise<Authority> {
  const { adapter } = fixture;
  const action = actionFor(fixture, entry);
  const facts = await adapter.resolve(action, contextFor(connection));
  return adapter.plan({ ...action, ...adapter.complete(action, facts, connection.account) });
}

/** An outbound request as a gateway would receive it. @throws Refusal when it is not in canonical form. */
export function asReceived(fixture: AdapterFixture, request: OutboundRequest): GatewayRequest {
  const url = new URL(request.url);
  const target = `${url.pathname}${url.search}`;
  const received = canonicalRequest({
    method: request.method,
    target,
    headers: Object.entries(request.headers),
    body: request.body ?? new Uint8Array(),
  });
  return fixture.unstamped?.(received) ?? received;
}

/** Sends a request as a gateway does: no redirect is followed. `undefined`: no answer. */
export async function sendOutbound(request: OutboundRequest) {
  const body = request.body === undefined ? null : new Uint8Array(request.body);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(2_000),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch {
    return undefined;
  }
}
