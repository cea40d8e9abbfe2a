import type { Json } from "@watchword/core";
import { linkClaims } from "@watchword/policy";
import type { BrokerContext } from "../broker-context.ts";

type Claims = { readonly [name: string]: Json };

/**
 * Keyed hash of a claim by which a requester and an approver are compared; `undefined` when the token does not carry it as
 * a text or a number. Issuers differ, and people are the same: the issuer is not part of it.
 */
export function linkHash(context: BrokerContext, claim: string, claims: Claims): string | undefined {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if ((typeof value !== "string" || value === "") && typeof value !== "number") return undefined;
  return context.keys.pseudonym(JSON.stringify(["urn:watchword:link", claim, String(value), ""]));
}

/** The hashes of every claim that any declared approvers are compared by. The values stay behind. */
export function linksOf(context: BrokerContext, claims: Claims): Readonly<Record<string, string>> {
  const links: Record<string, string> = {};
  for (const claim of linkClaims(context.policy)) {
    const hash = linkHash(context, claim, claims);
    if (hash !== undefined) links[claim] = hash;
  }
  return links;
}
