import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";
import { readPointer } from "./json-pointer.ts";
import { type Route, findRoute } from "./route.ts";

/** Answers that an API gives before it does anything. A conflict (409) is not one: an earlier attempt may have had its effect. */
const BEFORE_ANYTHING: readonly number[] = [400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 429];

/**
 * What an answer says about the effect. A write is `none` only after a refusal of the API's own, and `done` only with every
 * declared id; whatever could come after the effect is `unknown`. A read has no effect to lose.
 */
export function readOutcome(
  settings: HttpSettings,
  routes: readonly Route[],
  authority: Authority,
  response: InboundResponse | undefined,
): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const body = parseBody(response.body);
  const success = status >= 200 && status < 300;
  const ids = success ? readIds(findRoute(routes, authority.operation), authority, body) : undefined;
  if (authority.access === "read") return { effect: success ? "done" : "none", ids: ids ?? {}, status };
  if (!success) {
    const own = isCode(readPointer(body, settings.refusal));
    return { effect: own && BEFORE_ANYTHING.includes(status) ? "none" : "unknown", ids: {}, status };
  }
  // A success that is not the API's own (a proxy's page) proves nothing.
  const empty = status === 204 && response.body.byteLength === 0;
  if (ids === undefined || (body === undefined && !empty)) return { effect: "unknown", ids: {}, status };
  return { effect: "done", ids, status };
}

/** `undefined` when an id that the answer should hold is not there. */
function readIds(route: Route, authority: Authority, body: unknown): Record<string, string> | undefined {
  const ids: Record<string, string> = {};
  for (const [name, source] of Object.entries(route.ids)) {
    const found =
      typeof source === "string" ? readPointer(body, source) : authority.arguments[source.argument];
    const id = typeof found === "number" && Number.isSafeInteger(found) ? String(found) : found;
    if (typeof id !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._:@/+=~-]{0,199}$/.test(id)) return undefined;
    ids[name] = id;
  }
  return ids;
}

const isCode = (value: unknown): boolean =>
  (typeof value === "string" && value !== "") || typeof value === "number";

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
