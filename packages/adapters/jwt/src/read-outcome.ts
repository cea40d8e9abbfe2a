import {
  type Authority,
  type DownstreamOutcome,
  type InboundResponse,
  parseStrictJson,
} from "@watchword/core";
import { type ServiceRoute, findRoute } from "./service-route.ts";

/** Statuses that say no to the request itself, before it does anything. */
const REFUSED: ReadonlySet<number> = new Set([400, 404, 405, 409, 410, 415, 422]);

/** What a service's answer means for the effect. What is not in the service's own form proves nothing. */
export function readOutcome(
  routes: readonly ServiceRoute[],
  authority: Authority,
  response: InboundResponse | undefined,
): DownstreamOutcome {
  const unknown = { effect: authority.access === "read" ? "none" : "unknown", ids: {} } as const;
  if (response === undefined) return { ...unknown, status: 0 };
  const { status } = response;
  // RFC 6750 section 3: whoever checks the token says so, and has not let the request through.
  const challenged = /^(?:DPoP|Bearer)\b/.test(response.headers["www-authenticate"] ?? "");
  if ((status === 401 || status === 403) && challenged) return { effect: "none", ids: {}, status };
  if (status === 204 && response.body.byteLength === 0) return { effect: "done", ids: {}, status };
  const json = readJson(response);
  if (json === undefined) return { ...unknown, status };
  if (status >= 200 && status < 300)
    return { effect: "done", ids: idsOf(findRoute(routes, authority.operation), json), status };
  return REFUSED.has(status) ? { effect: "none", ids: {}, status } : { ...unknown, status };
}

function readJson({ headers, body }: InboundResponse): object | undefined {
  if (!/^application\/(?:[a-z.+-]+\+)?json\b/i.test(headers["content-type"] ?? "")) return undefined;
  try {
    const json = parseStrictJson(body, { maxBytes: 10_485_760 });
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function idsOf({ ids }: ServiceRoute, answer: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ids).flatMap(([name, member]) => {
      const value: unknown = Object.hasOwn(answer, member) ? Reflect.get(answer, member) : undefined;
      return typeof value === "string" && value.length <= 256 ? [[name, value]] : [];
    }),
  );
}
