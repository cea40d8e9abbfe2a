import { createHash } from "node:crypto";
import { z } from "zod";
import { Identifier } from "./identifier.ts";
import type { FailedFact, Reason } from "./reason.ts";

/** Reasons that a runtime can find by itself; every other one only the broker gives. */
const LOCAL_REASONS = [
  "not_granted",
  "tenant_mismatch",
  "condition_failed",
  "limit_exceeded",
  "outside_window",
  "user_required",
  "capability_exceeded",
] as const satisfies readonly Reason[];

/** A reason for which a runtime may deny without asking. */
export type LocalReason = (typeof LOCAL_REASONS)[number];

/** Whether a runtime can find it by itself. */
export function isLocalReason(reason: string): reason is LocalReason {
  return (LOCAL_REASONS as readonly string[]).includes(reason);
}

/** Denials in one batch, at most. */
export const MAX_DENIALS = 64;

/** Seconds for which a denial may wait for its batch. */
export const DENIAL_AGE_SECONDS = 900;

const NumericDate = z.int().min(0).max(99_999_999_999);
const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const Text = z.string().min(1).max(1024);

/** One denial that a runtime made, as it reports it. */
export const ReportedDenial = z.strictObject({
  at: NumericDate,
  /** 128 random bits; with the run they make the decision's id. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  call: z.strictObject({ tool: z.string().min(1).max(128), id: z.string().min(1).max(256) }),
  action_digest: Digest,
  system: Identifier,
  operation: Identifier,
  reason: z.enum(LOCAL_REASONS),
  failed_fact: z.union([
    z.enum(["tenant", "user", "run", "action", "resource", "time", "delegation"]),
    z.templateLiteral(["argument:", z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/)]),
  ]) satisfies z.ZodType<FailedFact>,
  /** Of the projection that denied. */
  policy_version: Digest,
});
export type ReportedDenial = z.infer<typeof ReportedDenial>;

/** Claims of `denial-batch+jwt`: what a run's runtime denied without asking. Signed with the run key, single use, at most 60 s. */
export const DenialBatchClaims = z.strictObject({
  /** The run (`urn:watchword:run:…`). */
  iss: Text,
  /** The agent (`urn:watchword:agent:…`). */
  sub: Text,
  aud: Text,
  iat: NumericDate,
  exp: NumericDate,
  jti: z.string().min(16).max(128),
  /** SHA-256 of the run token. */
  ath: Digest,
  denials: z.array(ReportedDenial).max(MAX_DENIALS),
  /** Denials that the runtime no longer has, because too many came at once. */
  dropped: z.int().min(0).max(1_000_000),
});
export type DenialBatchClaims = z.infer<typeof DenialBatchClaims>;

/**
 * The decision id of a local denial, which the runtime tells the model and the broker records. INVARIANT: the run's id is in its
 * digest, so a runtime cannot give its denial the id of somebody else's decision. Version 8 of RFC 9562, the time in front, so that it
 * stands in order with the broker's own (version 7) and is never one of them.
 */
export function localDecisionId(runId: string, { at, nonce }: Pick<ReportedDenial, "at" | "nonce">): string {
  const time = (at * 1_000).toString(16).padStart(12, "0").slice(-12);
  const digest = createHash("sha256")
    .update(JSON.stringify(["denial", runId, at, nonce]))
    .digest("hex");
  return `dec_${time}8${digest.slice(0, 3)}8${digest.slice(3, 18)}`;
}
