import type { ApiRequest } from "../http/orders-api.ts";
import type { TokenDetail } from "./issued-token.ts";

/** Each operation's method and path below `/v1`, and what stands in its body. */
const ROUTES: Readonly<Record<string, readonly [method: string, path: string]>> = {
  "(check)": ["GET", "/v1/account"],
  "orders.retrieve": ["GET", "/v1/orders/{order}"],
  "orders.list": ["GET", "/v1/orders"],
  "refunds.create": ["POST", "/v1/orders/{order}/refunds"],
  "orders.cancel": ["POST", "/v1/orders/{order}/cancel"],
  "orders.annotate": ["PATCH", "/v1/orders/{order}"],
  "orders.note.delete": ["DELETE", "/v1/orders/{order}/note"],
};

/** Whether a request is the action that a detail speaks of: route, account, order, amount, reason and note. */
export function allowsRequest(
  { actions, identifier, arguments: values = {} }: TokenDetail,
  request: ApiRequest,
): boolean {
  const [method, template] = ROUTES[actions[0] ?? ""] ?? ["", ""];
  if (actions.length !== 1 || request.method !== method || request.account !== identifier) return false;
  const path = template.replace("{order}", () => String(values["order"]));
  return request.path === path && bodyFits(values, request.body);
}

function bodyFits(values: Readonly<Record<string, unknown>>, text: string): boolean {
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  const amount = (values["amount"] as { readonly minor?: unknown } | undefined)?.minor;
  return body["amount"] === amount && body["reason"] === values["reason"] && body["note"] === values["note"];
}
