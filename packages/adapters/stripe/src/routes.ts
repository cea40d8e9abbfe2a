import { Refusal } from "@watchword/core";

/** How a request parameter is read and written: plain text, an amount in minor units, a number, a string map. */
export type FieldKind = "text" | "amount" | "integer" | "map";

/** One operation's place in Stripe's API. The only paths, methods and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "POST";
  /** Path before and after the id. */
  readonly before: string;
  readonly after: string;
  /** The argument that stands in the path. */
  readonly pathArgument: "charge" | "refund" | undefined;
  /** Every other argument, by its parameter name. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Whether Stripe keeps metadata on what the call makes, so that the decision id can be written onto it. */
  readonly stamped: boolean;
}

const PAGE = { limit: "integer", starting_after: "text", ending_before: "text" } as const;
const none = { after: "", pathArgument: undefined, fields: {}, stamped: false } as const;

const ROUTES: readonly Route[] = [
  { ...none, operation: "charges.retrieve", method: "GET", before: "/v1/charges/", pathArgument: "charge" },
  { ...none, operation: "charges.list", method: "GET", before: "/v1/charges", fields: PAGE },
  {
    ...none,
    operation: "refunds.create",
    method: "POST",
    before: "/v1/refunds",
    fields: { charge: "text", amount: "amount", reason: "text", metadata: "map" },
    stamped: true,
  },
  { ...none, operation: "refunds.retrieve", method: "GET", before: "/v1/refunds/", pathArgument: "refund" },
  {
    ...none,
    operation: "refunds.list",
    method: "GET",
    before: "/v1/refunds",
    fields: { charge: "text", ...PAGE },
  },
  {
    ...none,
    operation: "refunds.cancel",
    method: "POST",
    before: "/v1/refunds/",
    after: "/cancel",
    pathArgument: "refund",
  },
];

/** The route of an operation. @throws Refusal `unknown_target` */
export function routeOf(operation: string): Route {
  const route = ROUTES.find((candidate) => candidate.operation === operation);
  if (route === undefined)
    throw new Refusal("unknown_target", {
      detail: `stripe has no operation ${operation}`,
      failedFact: "action",
    });
  return route;
}

/** The one route that method and path belong to, with the id in the path; `undefined` for everything else. */
export function matchRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly id: string | undefined } | undefined {
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    if (route.pathArgument === undefined) {
      if (path === route.before) return { route, id: undefined };
      continue;
    }
    if (!path.startsWith(route.before) || !path.endsWith(route.after)) continue;
    const id = path.slice(route.before.length, path.length - route.after.length);
    if (/^[A-Za-z0-9_]+$/.test(id)) return { route, id };
  }
  return undefined;
}
