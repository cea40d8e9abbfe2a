import {
  CLAIMS,
  type CompactJws,
  Refusal,
  RunClaims,
  type RunRecord,
  TOKEN_TYPES,
  checkSignedToken,
  checkTimes,
  numericDate,
  parseClaims,
  readCompactJws,
  sha256,
  signToken,
  thumbprint,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { findKey } from "./keys/signing-keys.ts";

/** Seconds that a run token lives, at most. */
export const RUN_TOKEN_SECONDS = 600;

/** A run whose token was checked, with its state as stored. Only {@link verifyRun} makes one. */
export interface VerifiedRun {
  readonly claims: RunClaims;
  readonly record: RunRecord;
  /** SHA-256 of the run token, for `ath`. */
  readonly tokenDigest: string;
}

/** Bytes of a run token, at most. It holds the whole ceiling, so it may be longer than the tokens of others. */
const RUN_TOKEN_BYTES = 65_536;

/**
 * Signs `agent-run+jwt`.
 *
 * @throws Refusal `request_malformed` for a ceiling so long that {@link verifyRun} would not take the token
 */
export async function signRunToken(context: BrokerContext, claims: RunClaims): Promise<string> {
  const token = await signToken(context.keys.runs.signer, TOKEN_TYPES.run, claims);
  if (token.length <= RUN_TOKEN_BYTES) return token;
  throw new Refusal("request_malformed", {
    detail: `a ceiling of ${claims[CLAIMS.ceiling].length} capabilities does not fit into a run token; ask for the part of it that the run needs`,
    failedFact: "delegation",
  });
}

/**
 * Verifies a run token against the broker's own key and the run as stored. Whether the run goes on is the next step,
 * {@link checkRunning}: from here on the caller is known, and its refusals are recorded one by one.
 *
 * @throws Refusal `token_…` for the token, `run_ended` for a run that this store does not know
 */
export async function verifyRun(context: BrokerContext, token: string): Promise<VerifiedRun> {
  const verified = await readRunToken(context, token);
  checkTimes(verified.claims, numericDate(context.clock), RUN_TOKEN_SECONDS);
  return verified;
}

/** @throws Refusal `run_ended` */
export function checkRunning({ record }: VerifiedRun): void {
  if (record.endedAt !== null) throw ended("the run has ended");
}

/** As {@link verifyRun}, but an expired token passes: for ending its run. */
export async function readRunToken(context: BrokerContext, token: string): Promise<VerifiedRun> {
  const tokenDigest = sha256(token);
  const known = READ.get(tokenDigest);
  const jws = known?.jws ?? readCompactJws(token, { maxBytes: RUN_TOKEN_BYTES });
  await checkSignedToken(jws, {
    typ: TOKEN_TYPES.run,
    key: ({ header }) => findKey(context.keys.runs, header.kid),
  });
  const claims = known?.claims ?? remembered(tokenDigest, jws);
  if (claims.iss !== context.issuer)
    throw new Refusal("token_untrusted", { detail: "another broker's run token", failedFact: "token" });
  if (claims.aud !== context.issuer)
    throw new Refusal("token_wrong_audience", {
      detail: "a run token for another audience",
      failedFact: "token",
    });
  const facts = claims[CLAIMS.run];
  if (facts.generation !== context.store.generation)
    throw ended("the store was restored since the run started");
  const record = await context.store.run(facts.id);
  if (record === undefined) throw ended("the run is not known");
  // INVARIANT: assertions are verified with the stored key, so token and record must speak of the same one.
  const same =
    (await thumbprint(record.publicJwk)) === claims.cnf.jkt &&
    record.tenant === claims.tenant &&
    record.ancestors.length === facts.depth;
  if (!same) throw ended("token and stored run differ");
  return { claims, record, tokenDigest };
}

/**
 * What signed run tokens say, by the digest of their whole text: a run shows one token with each of its actions. INVARIANT: only
 * the reading is kept. Whether it is signed by a key that is accepted, and whether it holds, is looked at every time.
 */
const READ = new Map<string, { readonly jws: CompactJws; readonly claims: RunClaims }>();
const MAX_READ = 1_000;
/** Characters of a token that is kept: a long ceiling is read again. */
const MAX_READ_LENGTH = 8_192;

function remembered(tokenDigest: string, jws: CompactJws): RunClaims {
  const claims = deeplyFrozen(parseClaims(RunClaims, jws.claims));
  if (jws.token.length > MAX_READ_LENGTH) return claims;
  if (READ.size >= MAX_READ) READ.clear();
  READ.set(tokenDigest, { jws, claims });
  return claims;
}

function deeplyFrozen<Part>(part: Part): Part {
  if (typeof part !== "object" || part === null) return part;
  Object.values(part).forEach(deeplyFrozen);
  return Object.freeze(part);
}

function ended(detail: string): Refusal {
  return new Refusal("run_ended", { detail, failedFact: "run" });
}
