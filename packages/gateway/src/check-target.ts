import { type Adapter, type Authority, type OutboundRequest, Refusal } from "@watchword/core";
import { isLoopback } from "./is-loopback.ts";

/**
 * Checks where a request that an adapter built would go: to one of the adapter's own origins over https, or to an
 * emulator on this machine. It is the last look before a credential gets an address.
 *
 * @throws Refusal `target_refused`
 */
export function checkTarget(adapter: Adapter, authority: Authority, outbound: OutboundRequest): void {
  const url = URL.parse(outbound.url);
  if (url === null) throw refused("the outbound URL is not one");
  if (url.username !== "" || url.password !== "") throw refused("the outbound URL names a user");
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback))
    throw refused("the outbound URL is not https");
  const origins = adapter.originsOf?.(authority) ?? adapter.origins;
  if (!loopback && !origins.includes(url.origin))
    throw refused("the outbound URL is not of the adapter's origins");
}

function refused(detail: string): Refusal {
  return new Refusal("target_refused", { detail, failedFact: "action" });
}
