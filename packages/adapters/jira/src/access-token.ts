import { type AdapterContext, Refusal, SealedCredential, numericDate } from "@watchword/core";
import { z } from "zod";
import { callJira, unusable } from "./call-jira.ts";
import { bearer, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { OFFLINE, type TokenWish, requestToken } from "./request-token.ts";

const Sites = z.array(z.object({ id: z.string(), scopes: z.array(z.string()) }));

/** A token, and what Atlassian says that it reaches. */
export interface AccessToken {
  readonly token: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
  /** Sorted. */
  readonly scopes: readonly string[];
}

/**
 * Asks for an access token with the connection's credential. One that cannot do what was planned is refused here; one that
 * could do more is for the broker's comparison to see.
 *
 * @throws Refusal `downstream_refused` (400, 401, 403, and scopes that lack one), `downstream_unavailable`,
 * `configuration_invalid`
 */
export async function askToken(
  settings: JiraSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<AccessToken> {
  const wanted = settings.scopes[wish.access];
  const given = await requestToken(settings, context, wish);
  const token = new SealedCredential(given.access_token);
  const named = given.scope?.split(" ") ?? (await scopesOf(settings, context, token, wish));
  // That it may be refreshed is the connection's, and nothing that the token could do; a data center's WRITE reads as well.
  const implied = wanted.includes("WRITE") ? [OFFLINE, "READ"] : [OFFLINE];
  const scopes = named.filter((scope) => !implied.includes(scope));
  const lacking = wanted.filter((scope) => !scopes.includes(scope));
  if (lacking.length > 0)
    throw new Refusal("downstream_refused", {
      detail: `jira: required: scope ${wanted.join(" ")}; held: a credential without ${lacking.join(" ")}; next: make one with exactly these scopes`,
      failedFact: "credential",
    });
  return {
    token,
    expiresAt: numericDate(context.clock) + given.expires_in,
    scopes: [...new Set(scopes)].toSorted(),
  };
}

/**
 * The scopes of a token whose answer does not name them: what Atlassian says of it at this site. A data center gives what was
 * asked for, or says otherwise (RFC 6749 section 5.1).
 */
async function scopesOf(
  settings: JiraSettings,
  { connection, fetch }: AdapterContext,
  token: SealedCredential,
  { access, userAgent, signal }: TokenWish,
): Promise<readonly string[]> {
  if (settings.kind === "data-center") return settings.scopes[access];
  const { status, body } = await callJira(fetch, {
    url: `${settings.baseUrl}/oauth/token/accessible-resources`,
    headers: jiraHeaders({ authorization: bearer(token) }, userAgent),
    signal,
  });
  const sites = Sites.safeParse(body);
  if (status !== 200 || !sites.success) throw unusable("an answer that is not the list of a token's sites");
  return sites.data.find(({ id }) => id === connection.account)?.scopes ?? [];
}
