import { Refusal } from "@watchword/core";
import { type ObjectName, wordsOf } from "./stripe-id.ts";

/**
 * How a request parameter is read and written: plain text, an amount in minor units, a number, true or false, a string map.
 * `money` is an amount with the parameter `currency` beside it; `unsent` was decided by, and has no place in a request.
 */
export type FieldKind = "text" | "amount" | "money" | "integer" | "boolean" | "map" | "unsent";

/** One operation's place in Stripe's API. The only paths, methods and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Path before and after the id. */
  readonly before: string;
  readonly after: string;
  /** The argument that stands in the path. */
  readonly pathArgument: ObjectName | undefined;
  /** What Stripe answers with. */
  readonly answer: ObjectName | "list" | "balance";
  /** Every other argument, by its parameter name. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Whether Stripe keeps metadata on what the call makes, so that the decision id can be written onto it. */
  readonly stamped: boolean;
  /** What a key that may do this could do to any object, for people: "refund any charge". */
  readonly deed: string;
}

/** The parameter that stands beside an amount of the kind `money`. */
export const CURRENCY = "currency";

const PAGE = { limit: "integer", starting_after: "text", ending_before: "text" } as const;
const none = { after: "", pathArgument: undefined, fields: {}, stamped: false } as const;

const ROUTES: readonly Route[] = [
  ...readsOf("charge", "charges", {}),
  {
    ...none,
    operation: "refunds.create",
    method: "POST",
    before: "/v1/refunds",
    fields: { charge: "text", payment_intent: "text", amount: "amount", reason: "text", metadata: "map" },
    answer: "refund",
    stamped: true,
    deed: "refund any charge",
  },
  ...readsOf("refund", "refunds", { charge: "text" }),
  {
    ...actsOn("refund", "/v1/refunds/", "/cancel"),
    operation: "refunds.cancel",
    deed: "cancel any open refund",
  },
  ...readsOf("customer", "customers", { email: "text" }),
  {
    ...actsOn("customer", "/v1/customers/", ""),
    operation: "customers.update",
    fields: { name: "text", email: "text", phone: "text", description: "text", metadata: "map" },
    stamped: true,
    deed: "change any customer",
  },
  ...readsOf("payment_intent", "payment_intents", { customer: "text" }),
  {
    ...none,
    operation: "payment_intents.create",
    method: "POST",
    before: "/v1/payment_intents",
    fields: { customer: "text", amount: "money", description: "text", metadata: "map" },
    answer: "payment_intent",
    stamped: true,
    deed: "ask any customer for any payment",
  },
  {
    ...actsOn("payment_intent", "/v1/payment_intents/", "/capture"),
    operation: "payment_intents.capture",
    fields: { amount_to_capture: "amount" },
    stamped: true,
    deed: "capture any authorized payment",
  },
  {
    ...actsOn("payment_intent", "/v1/payment_intents/", "/cancel"),
    operation: "payment_intents.cancel",
    fields: { cancellation_reason: "text" },
    deed: "cancel any payment that was not taken",
  },
  ...readsOf("subscription", "subscriptions", { customer: "text" }),
  {
    ...actsOn("subscription", "/v1/subscriptions/", ""),
    operation: "subscriptions.update",
    fields: { cancel_at_period_end: "boolean" },
    stamped: true,
    deed: "change any subscription",
  },
  {
    ...actsOn("subscription", "/v1/subscriptions/", ""),
    method: "DELETE",
    operation: "subscriptions.cancel",
    deed: "end any subscription",
  },
  ...readsOf("invoice", "invoices", { customer: "text", status: "text" }),
  {
    ...actsOn("invoice", "/v1/invoices/", "/void"),
    operation: "invoices.void",
    fields: { amount_remaining: "unsent" },
    deed: "void any open invoice",
  },
  ...readsOf("dispute", "disputes", { charge: "text" }),
  {
    ...actsOn("dispute", "/v1/disputes/", ""),
    operation: "disputes.update",
    fields: { evidence: "map", submit: "boolean" },
    stamped: true,
    deed: "answer any dispute",
  },
  {
    ...actsOn("dispute", "/v1/disputes/", "/close"),
    operation: "disputes.close",
    fields: { disputed_amount: "unsent" },
    deed: "give any dispute up",
  },
  ...readsOf("credit_note", "credit_notes", { customer: "text", invoice: "text" }),
  {
    ...none,
    operation: "credit_notes.create",
    method: "POST",
    before: "/v1/credit_notes",
    fields: {
      invoice: "text",
      amount: "amount",
      credit_amount: "amount",
      reason: "text",
      memo: "text",
      metadata: "map",
    },
    answer: "credit_note",
    stamped: true,
    deed: "credit any invoice",
  },
  ...readsOf("invoiceitem", "invoiceitems", { customer: "text", invoice: "text" }),
  {
    ...none,
    operation: "invoiceitems.create",
    method: "POST",
    before: "/v1/invoiceitems",
    fields: { customer: "text", amount: "money", description: "text", metadata: "map" },
    answer: "invoiceitem",
    stamped: true,
    deed: "put any amount on any customer's next invoice",
  },
  {
    ...actsOn("invoiceitem", "/v1/invoiceitems/", ""),
    method: "DELETE",
    operation: "invoiceitems.delete",
    fields: { item_amount: "unsent" },
    deed: "take any invoice item back",
  },
  {
    ...none,
    operation: "balance.retrieve",
    method: "GET",
    before: "/v1/balance",
    answer: "balance",
    deed: "read the balance",
  },
  ...readsOf("payout", "payouts", {}),
];

/** Reading one object, and listing them with these filters. */
function readsOf(name: ObjectName, resource: string, filters: Route["fields"]): readonly Route[] {
  const reads = { ...none, method: "GET", deed: `read any ${wordsOf(name)}` } as const;
  return [
    {
      ...reads,
      operation: `${resource}.retrieve`,
      before: `/v1/${resource}/`,
      pathArgument: name,
      answer: name,
    },
    {
      ...reads,
      operation: `${resource}.list`,
      before: `/v1/${resource}`,
      fields: { ...filters, ...PAGE },
      answer: "list",
    },
  ];
}

/** A write on one object, which Stripe answers with that object. */
function actsOn(name: ObjectName, before: string, after: string) {
  return { ...none, method: "POST", before, after, pathArgument: name, answer: name } as const;
}

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
