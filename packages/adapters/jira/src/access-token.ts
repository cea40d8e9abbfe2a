import { type Access, type AdapterContext, Refusal, SealedCredential, numericDate } from "@watchword/core";
import { z } from "zod";
import { callJira, refusedAnswer, unusable } from "./call-jira.ts";
import { withCredential } from "./client-credentials.ts";
import { bearer, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";

const Answer = z.object({
  access_token: z.string().min(1).max(8_192),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.int().min(1),
  scope: z.string().max(4_096).optional(),
});
const Sites = z.array(z.object({ id: z.string(), scopes: z.array(z.string()) }));

/** A token, and what Atlassian says that it reaches. */
export interface AccessToken {
  readonly token: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
  /** Sorted. */
  readonly scopes: readonly string[];
}

/** For what a token is asked. */
export interface TokenWish {
  readonly access: Access;
  readonly userAgent: string;
  readonly signal: AbortSignal;
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
  const given = await request(settings, context, wish);
  const token = new SealedCredential(given.access_token);
  const scopes = given.scope?.split(" ") ?? (await scopesOf(settings, context, token, wish));
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

async function request(
  settings: JiraSettings,
  { connection, fetch }: AdapterContext,
  { access, userAgent, signal }: TokenWish,
): Promise<z.output<typeof Answer>> {
  const isCloud = settings.kind === "cloud";
  const { status, body } = await callJira(fetch, {
    url: settings.tokenUrl,
    headers: jiraHeaders(
      { "content-type": isCloud ? "application/json" : "application/x-www-form-urlencoded" },
      userAgent,
    ),
    body: withCredential(settings, connection.secret, access, ({ clientId, clientSecret }) => {
      const grant = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
      // Atlassian gives the scopes that the credential was made with; a data center those that are asked for.
      if (isCloud) return JSON.stringify(grant);
      return new URLSearchParams({ ...grant, scope: settings.scopes[access].join(" ") }).toString();
    }),
    signal,
  });
  if (status !== 200)
    throw refusedAnswer(
      status,
      `a client id and secret that may ${access}`,
      "one that is not known, or that may not",
      "check the connection's secret",
    );
  const parsed = Answer.safeParse(body);
  // Nobody gets a token whose answer is not understood; there is no way to end it, so it dies with its hour, unseen.
  if (parsed.success) return parsed.data;
  throw unusable("an answer that is not an access token");
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
