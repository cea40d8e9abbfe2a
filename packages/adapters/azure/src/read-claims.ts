import { type Clock, numericDate, readCompactJws } from "@watchword/core";
import { z } from "zod";
import type { AzureSettings } from "./azure-options.ts";
import { tokenUnusable } from "./token-problem.ts";

/** Claims of an access token for an app (learn.microsoft.com/entra/identity-platform/access-token-claims-reference), versions 1 and 2. */
const Claims = z.object({
  aud: z.string(),
  tid: z.string(),
  exp: z.int(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  roles: z.array(z.string().max(256)).max(100).default([]),
  scp: z.string().optional(),
});

/** Whom a token is for, as it says itself. */
export interface TokenFacts {
  /** In the order of the alphabet. */
  readonly roles: readonly string[];
  /** NumericDate. */
  readonly expiresAt: number;
}

/**
 * Reads a token that came from Entra itself over TLS: for this resource, directory and app, of no user, and ending in time. What it
 * can do is what it says, so that the broker's comparison sees a wider one.
 *
 * @throws Refusal `downstream_unavailable`
 */
export function readClaims(
  { entra }: AzureSettings,
  token: string,
  wanted: { readonly directory: string; readonly clientId: string },
  clock: Clock,
): TokenFacts {
  const claims = Claims.safeParse(claimsIn(token));
  if (!claims.success) throw tokenUnusable("a token that does not say what it is for");
  const { aud, tid, exp, appid, azp, roles, scp } = claims.data;
  if (!entra.audiences.includes(aud)) throw tokenUnusable("a token for another resource");
  if (tid !== wanted.directory) throw tokenUnusable("a token of another directory");
  if ((azp ?? appid) !== wanted.clientId) throw tokenUnusable("a token of another app");
  if (scp !== undefined) throw tokenUnusable("a token that acts for a user, which was not asked for,");
  const life = exp - numericDate(clock);
  if (life < 1 || life > entra.lifeSeconds)
    throw tokenUnusable(`a token that lives longer than ${entra.lifeSeconds} s, or not at all,`);
  return { roles: roles.toSorted(), expiresAt: exp };
}

function claimsIn(token: string): unknown {
  try {
    return readCompactJws(token).claims;
  } catch {
    // What it says of a token that it cannot read stays here.
    return undefined;
  }
}
