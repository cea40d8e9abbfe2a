import { type AdapterContext, Refusal, SealedCredential, numericDate } from "@watchword/core";
import { z } from "zod";
import { callGoogle, unusable } from "./call-google.ts";
import { serviceAccountOf } from "./google-account.ts";
import type { GoogleSettings } from "./google-options.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
/** `expireTime` says whole seconds, and clocks differ. */
const ROUNDING_SECONDS = 5;

const Token = z.string().regex(/^[\x21-\x7e]{1,8192}$/);
const Exchanged = z.object({
  access_token: Token,
  token_type: z.string().regex(/^bearer$/i),
  issued_token_type: z.literal(ACCESS_TYPE),
  refresh_token: z.undefined().optional(),
});
const Generated = z.object({ accessToken: Token, expireTime: z.iso.datetime({ offset: true }) });

/** What one token is asked for. */
export interface TokenWish {
  /** The rules that it is cut down to, as text. */
  readonly boundary: string;
  readonly scope: string;
  readonly seconds: number;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** A token that was cut down. */
export interface GivenToken {
  readonly credential: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
}

/**
 * Gets a token in three steps: the broker's federation token for one of the pool, that one for the service account's with this scope and
 * life, and that one cut down to the boundary. The first two are let go of here.
 *
 * @throws Refusal `downstream_refused` (nothing was given), `downstream_unavailable`, `configuration_invalid`
 */
export async function askToken(
  settings: GoogleSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<GivenToken> {
  const account = serviceAccountOf(context.connection);
  const federated = await exchangeFederation(settings, context, wish);
  const generated = await generateToken(settings, context, { account, federated, wish });
  const expiresAt = Math.floor(Date.parse(generated.expireTime) / 1_000);
  const life = expiresAt - numericDate(context.clock);
  // INVARIANT: nothing ends a token before its time, so one that lives longer than was asked is nobody's.
  if (life < 1 || life > wish.seconds + ROUNDING_SECONDS)
    throw unusable(
      "a token that lives longer than was asked, or not at all; next: compare this machine's clock",
    );
  return { credential: await cutDown(settings, context, generated.accessToken, wish), expiresAt };
}

async function exchangeFederation(
  settings: GoogleSettings,
  context: AdapterContext,
  { userAgent, signal }: TokenWish,
): Promise<string> {
  if (context.federationToken === undefined)
    throw new Refusal("configuration_invalid", {
      detail: "google: this broker has no federation issuer; next: configure one",
      failedFact: "credential",
    });
  const subject = await context.federationToken(settings.audience);
  const body = await callGoogle(context, {
    url: `${settings.endpoints.sts}/v1/token`,
    what: "the exchange of a federation token",
    required: `a token that ${settings.provider} accepts`,
    next: "compare issuer, audience, attribute mapping and condition of the provider with the adapter's README",
    headers: FORM,
    // Google takes no Authorization here: the subject token says it all.
    body: form({
      grant_type: TOKEN_EXCHANGE,
      audience: settings.pool,
      scope: CLOUD,
      requested_token_type: ACCESS_TYPE,
      subject_token_type: JWT_TYPE,
      subject_token: subject.open((token) => token),
    }),
    userAgent,
    signal,
  });
  const parsed = Exchanged.safeParse(body);
  if (!parsed.success) throw unusable("an answer that is not an exchanged token");
  return parsed.data.access_token;
}

async function generateToken(
  { endpoints }: GoogleSettings,
  context: AdapterContext,
  {
    account,
    federated,
    wish,
  }: { readonly account: string; readonly federated: string; readonly wish: TokenWish },
): Promise<z.output<typeof Generated>> {
  const body = await callGoogle(context, {
    url: `${endpoints.credentials}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    what: `a token of ${account}`,
    required: "a principal of the pool with roles/iam.workloadIdentityUser on the service account",
    next: "bind exactly this tenant's subject to it, as in the adapter's README",
    headers: { "content-type": "application/json", authorization: `Bearer ${federated}` },
    body: JSON.stringify({ scope: [wish.scope], lifetime: `${wish.seconds}s` }),
    userAgent: wish.userAgent,
    signal: wish.signal,
  });
  const parsed = Generated.safeParse(body);
  if (!parsed.success) throw unusable("an answer that is not a service account's token");
  return parsed.data;
}

async function cutDown(
  { endpoints }: GoogleSettings,
  context: AdapterContext,
  token: string,
  { boundary, userAgent, signal }: TokenWish,
): Promise<SealedCredential> {
  const body = await callGoogle(context, {
    url: `${endpoints.sts}/v1/token`,
    what: "a credential access boundary",
    required: "a boundary that Google can read",
    next: "report this: the boundary is generated",
    headers: FORM,
    body: form({
      grant_type: TOKEN_EXCHANGE,
      requested_token_type: ACCESS_TYPE,
      subject_token_type: ACCESS_TYPE,
      subject_token: token,
      options: boundary,
    }),
    userAgent,
    signal,
  });
  const parsed = Exchanged.safeParse(body);
  // INVARIANT: an answer that gives the token back as it was has cut nothing down.
  if (!parsed.success || parsed.data.access_token === token)
    throw unusable("an answer that is not a token which was cut down");
  return new SealedCredential(parsed.data.access_token);
}

const FORM = Object.freeze({ "content-type": "application/x-www-form-urlencoded" });
const form = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
