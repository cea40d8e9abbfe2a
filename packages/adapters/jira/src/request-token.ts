import { type Access, type AdapterContext, Refusal, SealedCredential } from "@watchword/core";
import { z } from "zod";
import { callJira, refusedAnswer, unusable } from "./call-jira.ts";
import { withCredential } from "./client-credentials.ts";
import { RESOLVE_USER_AGENT, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";

const Answer = z.object({
  access_token: z.string().min(1).max(8_192),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.int().min(1),
  scope: z.string().max(4_096).optional(),
  refresh_token: z.string().min(1).max(8_192).optional(),
});

/** The scope by which a consent can be used while the person is away. */
export const OFFLINE = "offline_access";

/** For what a token is asked. */
export interface TokenWish {
  readonly access: Access;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/**
 * What the token endpoint gives for the connection's secret: a service account's credential, or a person's consent, whose refresh
 * token is another one after each use.
 *
 * @throws Refusal `downstream_refused` (400, 401, 403), `downstream_unavailable`, `configuration_invalid`
 */
export async function requestToken(
  settings: JiraSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<z.output<typeof Answer>> {
  const { consent } = settings;
  if (consent === undefined)
    return send(settings, context, wish, accountForm(settings, context, wish), {
      required: `a client id and secret that may ${wish.access}`,
      held: "one that is not known, or that may not",
      next: "check the connection's secret",
    });
  if (context.rotateSecret === undefined)
    throw new Refusal("internal", { detail: "jira: nobody keeps the refresh token that comes next" });
  // A look-up's token stays in the broker; what is minted is one action's, and shared with nobody.
  const options = wish.userAgent === RESOLVE_USER_AGENT ? { shared: "look-up" } : {};
  // INVARIANT: the next refresh token is durable before anything is done with the access token that came with it.
  return context.rotateSecret(async (current) => {
    const form = current.open((token) =>
      consent.clientSecret.open((secret) => ({
        grant_type: "refresh_token",
        client_id: consent.clientId,
        client_secret: secret,
        refresh_token: token,
      })),
    );
    const result = await send(settings, context, wish, JSON.stringify(form), {
      required: "a consent that still holds, and the app that it was given to",
      held: "one that was taken back, expired or was used elsewhere",
      next: "let the person consent again",
    });
    const { refresh_token: next } = result;
    return { next: next === undefined ? undefined : new SealedCredential(next), result };
  }, options);
}

/** Atlassian gives the scopes that the credential was made with; a data center those that are asked for. */
function accountForm(settings: JiraSettings, { connection }: AdapterContext, { access }: TokenWish): string {
  return withCredential(settings, connection.secret, access, ({ clientId, clientSecret }) => {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
    if (settings.kind === "cloud") return JSON.stringify(form);
    return new URLSearchParams({ ...form, scope: settings.scopes[access].join(" ") }).toString();
  });
}

async function send(
  settings: JiraSettings,
  { fetch }: AdapterContext,
  { userAgent, signal }: TokenWish,
  body: string,
  refused: { readonly required: string; readonly held: string; readonly next: string },
): Promise<z.output<typeof Answer>> {
  const type = settings.kind === "cloud" ? "application/json" : "application/x-www-form-urlencoded";
  const answer = await callJira(fetch, {
    url: settings.tokenUrl,
    headers: jiraHeaders({ "content-type": type }, userAgent),
    body,
    signal,
  });
  if (answer.status !== 200) throw refusedAnswer(answer.status, refused.required, refused.held, refused.next);
  const parsed = Answer.safeParse(answer.body);
  // Nobody gets a token whose answer is not understood; there is no way to end it, so it dies with its hour, unseen.
  if (parsed.success) return parsed.data;
  throw unusable("an answer that is not an access token");
}
