import type { GatewayRequest } from "@watchword/core";
import type { ArgumentParts } from "./argument-parts.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { Route } from "./route.ts";

/**
 * Reads the query of a request: exactly the declared parameters, each at most once, and each constant as it is declared.
 *
 * @throws Refusal `request_mismatch`
 */
export function readQuery(route: Route, query: GatewayRequest["query"], parts: ArgumentParts): void {
  const texts = new Map<string, string>();
  for (const [name, text] of query) {
    if (texts.has(name)) throw requestMismatch("a query parameter is repeated");
    if (!route.query.some(({ at }) => at === name))
      throw requestMismatch("a query parameter is not declared");
    texts.set(name, text);
  }
  for (const placement of route.query) {
    const text = texts.get(placement.at);
    if ("constant" in placement) {
      if (text !== String(placement.constant)) throw requestMismatch("a constant of the query is another");
    } else if (text !== undefined) parts.addText(placement.argument, placement.part, text);
  }
}
