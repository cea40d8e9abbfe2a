import { type AdapterContext, Refusal, type RevocationOutcome, SealedCredential } from "@watchword/core";
import { z } from "zod";
import { callSalesforce, codeOf, refusedAnswer, unusable } from "./call-salesforce.ts";
import { type ConnectionSettings, connectionSettings } from "./connection-settings.ts";
import { originOf } from "./org-host.ts";
import { recordId } from "./record-id.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";
import { signAssertion } from "./sign-assertion.ts";

/** A token, and what Salesforce says of it. */
export interface AccessToken {
  readonly token: SealedCredential;
  /** Origin of the org that it is for. */
  readonly instance: string;
  /** Ids of org and user, 18 characters. */
  readonly organization: string;
  readonly user: string;
  readonly scopes: readonly string[];
  /** NumericDate; `undefined`: an opaque token, a session that each use prolongs. */
  readonly expiresAt: number | undefined;
}

const MAX_TOKEN = 16_384;
const Answer = z.object({
  access_token: z.string().min(1).max(MAX_TOKEN),
  token_type: z.literal("Bearer"),
  instance_url: z.string().max(512),
  id: z.string().max(1_024),
  scope: z.string().max(4_096),
});
const Issued = z.object({ access_token: z.string().min(1).max(MAX_TOKEN) });
const Claims = z.object({ exp: z.int().min(1), scp: z.string().max(4_096).optional() });

/**
 * Asks the connection's org for a token.
 *
 * @throws Refusal `downstream_refused` (nothing was given), `downstream_unavailable`, `configuration_invalid`
 */
export async function askToken(
  settings: SalesforceSettings,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<AccessToken> {
  const about = connectionSettings(settings, context.connection);
  const form = await grantOf(settings, about, context);
  const answer = await callSalesforce(settings, context, { path: "/services/oauth2/token", form, signal });
  if (answer.status !== 200) {
    if (answer.status >= 400) throw tokenRefusal(settings, about, answer);
    throw unusable(`HTTP ${answer.status} to a token request`);
  }
  const read = readAnswer(answer.body);
  if (read !== undefined) return read;
  // Whatever it is good for, nobody gets a token whose answer is not understood.
  const issued = Issued.safeParse(answer.body);
  if (issued.success)
    await endToken(settings, context, new SealedCredential(issued.data.access_token), signal);
  throw unusable("an answer that is not an access token");
}

/** Ends a token by itself. Never throws: what became of it is the answer. */
export async function endToken(
  settings: SalesforceSettings,
  context: AdapterContext,
  token: SealedCredential,
  signal: AbortSignal,
): Promise<RevocationOutcome> {
  try {
    const { status, body } = await callSalesforce(settings, context, {
      path: "/services/oauth2/revoke",
      form: { token: token.open((text) => text) },
      signal,
    });
    if (status === 200) return "revoked";
    return status === 400 && codeOf(body) === "invalid_token" ? "already_dead" : "unknown";
  } catch {
    return "unknown";
  }
}

async function grantOf(
  { flow, handler, scopes }: SalesforceSettings,
  about: ConnectionSettings,
  context: AdapterContext,
): Promise<Readonly<Record<string, string>>> {
  if (flow === "jwt-bearer")
    return {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await signAssertion(about, context),
    };
  if (context.federationToken === undefined)
    throw new Refusal("configuration_invalid", {
      detail: "salesforce: token-exchange needs the broker's federation issuer; next: configure federation",
    });
  const subject = await context.federationToken(originOf(context.connection.account));
  return {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: subject.open((text) => text),
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    client_id: about.consumerKey,
    scope: scopes.join(" "),
    ...(handler === undefined ? {} : { token_handler: handler }),
  };
}

function readAnswer(body: unknown): AccessToken | undefined {
  const parsed = Answer.safeParse(body);
  if (!parsed.success) return undefined;
  const { access_token: token, instance_url: instance, id, scope } = parsed.data;
  const identity = identityOf(id);
  if (identity === undefined) return undefined;
  const claims = claimsOf(token);
  return {
    token: new SealedCredential(token),
    instance,
    ...identity,
    // The token itself may say more than the answer about it.
    scopes: [...new Set(`${scope} ${claims?.scp ?? ""}`.split(" ").filter((name) => name !== ""))].toSorted(),
    expiresAt: claims?.exp,
  };
}

/** Org and user of an identity URL: `https://login.salesforce.com/id/00D…/005…`. It is read, and never fetched. */
function identityOf(id: string): Pick<AccessToken, "organization" | "user"> | undefined {
  const [, organization = "", user = ""] = /^https:\/\/[^/?#]+\/id\/(\w{15,18})\/(\w{15,18})$/.exec(id) ?? [];
  try {
    return { organization: recordId(organization), user: recordId(user) };
  } catch {
    return undefined;
  }
}

/** What a JWT says of itself. It came from the org over TLS for us to send back; nothing rests on its signature here. */
function claimsOf(token: string): z.output<typeof Claims> | undefined {
  const [, claims = "", signature, ...more] = token.split(".");
  if (signature === undefined || more.length > 0) return undefined;
  try {
    return Claims.safeParse(JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

function tokenRefusal(
  { flow, handler }: SalesforceSettings,
  { username }: ConnectionSettings,
  answer: Parameters<typeof refusedAnswer>[0],
): Refusal {
  return flow === "jwt-bearer"
    ? refusedAnswer(
        answer,
        `an app with the connection's consumer key and certificate, in which ${username ?? "the user"} is pre-authorized`,
        "an assertion that the org does not accept for it",
        "check consumerKey, username, the key and this machine's clock",
      )
    : refusedAnswer(
        answer,
        `an app with the connection's consumer key, and ${handler ?? "its default handler"} accepting the broker's federation token`,
        "a federation token that the org did not exchange",
        "check consumerKey, the handler's issuer and audience, and the user that it names",
      );
}
