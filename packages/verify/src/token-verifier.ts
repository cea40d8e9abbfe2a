import {
  ACCESS_SECONDS,
  AccessClaims,
  CLOCK_SKEW_SECONDS,
  type Operation,
  Refusal,
  TOKEN_TYPES,
  checkTimes,
  numericDate,
  parseClaims,
  systemClock,
  verifyProof,
  verifySignedToken,
} from "@watchword/core";
import { type ExpectedAction, requireAction } from "./expected-action.ts";
import { requireActive } from "./introspect.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import { type IssuerMetadata, issuerMetadata } from "./issuer-metadata.ts";
import { type PresentedRequest, type PresentedToken, readPresented } from "./presented-request.ts";
import { serviceNonces } from "./service-nonce.ts";
import { type SpentTokens, spentTokens } from "./spent-tokens.ts";
import { type VerifiedAction, verifiedAction } from "./verified-action.ts";
import { type VerifyOptions, readUrl } from "./verify-options.ts";

/** Takes tokens for requests. */
export interface TokenVerifier {
  /**
   * Takes the token of a request for exactly what the request is about to do, once.
   *
   * @throws Refusal `caller_unknown` without a token, `request_malformed`, `token_…`, `proof_invalid`,
   *   `proof_nonce_required` with the nonce to answer with, `request_mismatch` or
   *   `tenant_mismatch` for another action, `lease_expired` for a revoked one, `broker_unavailable`
   */
  verify<Wanted extends string | Operation>(
    request: PresentedRequest,
    expected: ExpectedAction<Wanted>,
  ): Promise<VerifiedAction>;
}

interface Verifier {
  readonly options: VerifyOptions;
  readonly base: string;
  readonly keys: IssuerKeys;
  readonly metadata: () => Promise<IssuerMetadata>;
  readonly spent: SpentTokens;
  /** Refuses a proof without a current nonce; `undefined`: none is wanted. */
  readonly requireNonce: ((proof: string, now: number) => void) | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
}

/**
 * The check behind every framework's `verifyToken`. It asks nobody before the first token comes.
 *
 * @throws Refusal `configuration_invalid`
 */
export function tokenVerifier(options: VerifyOptions): TokenVerifier {
  const { issuer, audience, origin = audience, jwksUrl, clock = systemClock } = options;
  readUrl("issuer", issuer);
  if (jwksUrl !== undefined) readUrl("jwksUrl", jwksUrl);
  if (audience === "" || audience === issuer)
    throw new Refusal("configuration_invalid", { detail: "audience must name this service" });
  const base = readUrl("origin", origin).href.replace(/\/$/, "");
  const send: typeof globalThis.fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const metadata = remembered(() => issuerMetadata(issuer, send));
  const verifier: Verifier = {
    options,
    base,
    keys: new IssuerKeys({
      url: async () => jwksUrl ?? (await metadata()).jwksUrl,
      fetch: send,
      clock,
    }),
    metadata,
    spent: options.spent ?? spentTokens(),
    requireNonce: options.nonceKey === undefined ? undefined : serviceNonces(options.nonceKey, audience),
    fetch: send,
    now: () => numericDate(clock),
  };
  return Object.freeze<TokenVerifier>({
    verify: async (request, expected) => {
      try {
        return await take(verifier, request, expected);
      } catch (error) {
        const refusal = Refusal.from(error, "internal");
        tell(options, refusal);
        throw refusal;
      }
    },
  });
}

/** Who → which action → still alive → once. Every step refuses; none is left out by an option. */
async function take(
  verifier: Verifier,
  request: PresentedRequest,
  expected: ExpectedAction,
): Promise<VerifiedAction> {
  const presented = readPresented(request);
  const claims = await verifyClaims(verifier, presented.token);
  await verifyHolder(verifier, request, presented, claims);
  await requireAction(claims, expected);
  if (verifier.options.introspectAs !== undefined)
    await requireActive(presented.token, {
      url: (await verifier.metadata()).introspectionUrl,
      workload: verifier.options.introspectAs,
      fetch: verifier.fetch,
    });
  // INVARIANT: a token is good for one request, and so is every proof that is bound to it.
  const until = claims.exp + CLOCK_SKEW_SECONDS;
  if (!(await verifier.spent.spend(`${claims.iss} ${claims.jti}`, until, verifier.now())))
    throw new Refusal("token_replayed", { detail: "the token was used before", failedFact: "token" });
  return verifiedAction(claims);
}

async function verifyClaims(
  { options: { issuer, audience }, keys, now }: Verifier,
  token: string,
): Promise<AccessClaims> {
  const raw = await verifySignedToken(token, {
    typ: TOKEN_TYPES.access,
    key: ({ header }) => keys.find(header.kid),
  });
  const claims = parseClaims(AccessClaims, raw);
  if (claims.iss !== issuer)
    throw new Refusal("token_untrusted", { detail: "of another issuer", failedFact: "token" });
  if (claims.aud !== audience)
    throw new Refusal("token_wrong_audience", { detail: "for another service", failedFact: "token" });
  checkTimes(claims, now(), ACCESS_SECONDS);
  return claims;
}

/** INVARIANT: whoever presents a token holds the key that it names (RFC 9449 section 7.2); one that names none is for gateways. */
async function verifyHolder(
  { options: { acceptUnbound = false }, base, requireNonce, now }: Verifier,
  { method, target }: PresentedRequest,
  { token, proof }: PresentedToken,
  { cnf }: AccessClaims,
): Promise<void> {
  const invalid = (detail: string): Refusal => new Refusal("proof_invalid", { detail, failedFact: "token" });
  if (cnf === undefined) {
    if (acceptUnbound && proof === undefined) return;
    throw invalid(acceptUnbound ? "a proof for a token of no key" : "the token is bound to no key");
  }
  if (proof === undefined) throw invalid("a bound token was presented as Bearer");
  const { thumbprint } = await verifyProof(proof, { method, url: urlOf(base, target), token }, now());
  if (thumbprint !== cnf.jkt) throw invalid("the proof was made with another key");
  requireNonce?.(proof, now());
}

/** INVARIANT: the address that a proof must name is the configured one with the request's path; no header changes it. */
function urlOf(base: string, target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? "";
  const text = `${base}${path}`;
  const url = path.startsWith("/") && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new Refusal("request_malformed", { detail: "the target is not a path" });
  return `${url.origin}${url.pathname}`;
}

/** Asks until it is answered, and not again. */
function remembered<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Value | undefined;
  return async () => (answer ??= await ask());
}

function tell({ onRefusal }: VerifyOptions, refusal: Refusal): void {
  try {
    const told: unknown = onRefusal?.(refusal);
    // An asynchronous listener fails later; unhandled, that would end the process.
    if (told instanceof Promise) told.catch(() => undefined);
  } catch {
    // A broken log must not turn an answer into something else.
  }
}
