import type { ArgumentParts } from "./argument-parts.ts";
import type { Placement } from "./placement.ts";
import { requestMismatch } from "./request-mismatch.ts";

/** Names and values in the order of a request, decoded. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Reads a query or a form: exactly the declared names, each at most once, and each constant as it is declared.
 *
 * @throws Refusal `request_mismatch`
 */
export function readPairs(places: readonly Placement[], pairs: Pairs, parts: ArgumentParts): void {
  const texts = new Map<string, string>();
  for (const [name, text] of pairs) {
    if (texts.has(name)) throw requestMismatch("a parameter is repeated");
    if (!places.some(({ at }) => at === name)) throw requestMismatch("a parameter is not declared");
    texts.set(name, text);
  }
  for (const placement of places) {
    const text = texts.get(placement.at);
    if ("constant" in placement) {
      if (text !== String(placement.constant)) throw requestMismatch("a constant parameter is another");
    } else if (text !== undefined) parts.addText(placement.argument, placement.part, text);
  }
}
