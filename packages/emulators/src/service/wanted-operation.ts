/** What a request asks the service to do, as the service itself reads it. */
export interface WantedOperation {
  readonly operation: string;
  readonly order: string;
  /** Every argument that the request has. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Reads a request; `undefined`: the service does nothing like that. */
export function wantedOperation(method: string, target: string, body: string): WantedOperation | undefined {
  const [path = "", query] = target.split("?", 2);
  const [, order, refunds] = /^\/orders\/([^/]+)(\/refunds)?$/.exec(path) ?? [];
  if (order === undefined) return undefined;
  const asked = Object.fromEntries(new URLSearchParams(query));
  if (method === "GET" && refunds === undefined)
    return { operation: "orders.read", order, values: { ...asked, order } };
  if (method !== "POST" || refunds === undefined) return undefined;
  const given = parsed(body);
  return given && { operation: "orders.refund", order, values: { ...asked, ...given, order } };
}

function parsed(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
