import { z } from "zod";
import { Ceiling } from "./capability.ts";
import { AgentReference, Identifier } from "./identifier.ts";
import { issuePaths } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { AUTHORIZATION_DETAILS_TYPES, CLAIMS } from "./standard-names.ts";
import { TransactionId } from "./action.ts";

const NumericDate = z.int().min(0).max(99_999_999_999);
const TokenId = z.string().min(16).max(128);
const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const Text = z.string().min(1).max(1024);

/** Actors that one token may name: the run itself and its ancestors. */
export const MAX_ACTORS = 17;

/** The current actor with its ancestors nested, the earliest deepest (RFC 8693 section 4.1). */
export interface ActorClaim {
  readonly sub: string;
  readonly act?: ActorClaim | undefined;
}

const Actor: z.ZodType<ActorClaim> = z.strictObject({
  sub: Text,
  // A chain that is too deep is refused, never cut: `checkActors` counts it.
  act: z.lazy(() => Actor).optional(),
});

/** Claims of `agent-run+jwt`: made and read by the broker; shown to it again with every assertion. */
export const RunClaims = z.strictObject({
  iss: Text,
  aud: Text,
  /** The principal: the user, or the agent when autonomous (RFC 8693 section 4.1). */
  sub: Text,
  act: Actor,
  iat: NumericDate,
  exp: NumericDate,
  jti: TokenId,
  tenant: Identifier,
  cnf: z.strictObject({ jkt: Digest }),
  [CLAIMS.run]: z.strictObject({
    id: z.string().regex(/^run_[0-9a-f]{32}$/),
    root: z.string().regex(/^run_[0-9a-f]{32}$/),
    agent: AgentReference,
    workload: Identifier,
    thread: z.string().min(1).max(128),
    principal: z.strictObject({ kind: z.enum(["user", "agent"]), issuer: Text, subject: Text }),
    background: z.boolean(),
    assurance: z.enum(["verified", "asserted"]),
    depth: z.int().min(0).max(16),
    /** Store generation: a restored store makes every earlier run token void. */
    generation: z.string().min(1).max(64),
  }),
  [CLAIMS.ceiling]: Ceiling,
});
export type RunClaims = z.infer<typeof RunClaims>;

/** Claims of `agent-assertion+jwt`: the runtime's signed statement about one action. Single use, at most 60 s. */
export const AssertionClaims = z.strictObject({
  /** The run (`urn:watchword:run:…`); its key, as stored at start, signs. */
  iss: Text,
  /** The agent (`urn:watchword:agent:…`). */
  sub: Text,
  aud: Text,
  iat: NumericDate,
  exp: NumericDate,
  jti: TokenId,
  txn: TransactionId,
  /** SHA-256 of the run token. */
  ath: Digest,
  call: z.strictObject({ tool: z.string().min(1).max(128), id: z.string().min(1).max(256) }),
  action: z.unknown(),
  action_digest: Digest,
  /** The version that the runtime decided by; recorded, never a reason to refuse. */
  policy_version: z.string().max(64).optional(),
  approval_id: z
    .string()
    .regex(/^apr_[0-9a-f]{32}$/)
    .optional(),
  /** The lease of this very action, to be prolonged: such an assertion gets no other. */
  prolong: z
    .string()
    .regex(/^lease_[0-9a-f]{32}$/)
    .optional(),
});
export type AssertionClaims = z.infer<typeof AssertionClaims>;

/**
 * Claims of `agent-delegation+jwt`: a run's statement that a child of it may do part of what it may itself. Signed with
 * the parent's run key, single use, at most 60 s; the child proves the key that `cnf` names.
 */
export const DelegationClaims = z.strictObject({
  /** The parent run (`urn:watchword:run:…`). */
  iss: Text,
  /** The parent's agent (`urn:watchword:agent:…`). */
  sub: Text,
  aud: Text,
  iat: NumericDate,
  exp: NumericDate,
  jti: TokenId,
  txn: TransactionId,
  /** SHA-256 of the parent's run token. */
  ath: Digest,
  child: z.strictObject({
    agent: AgentReference,
    /** Seconds that the child's run lasts at most; the policy's rule and the parent's own end bound it further. */
    lifetime_seconds: z.int().min(1).max(86_400).optional(),
  }),
  /** Thumbprint of the child's own key. */
  cnf: z.strictObject({ jkt: Digest }),
  /** What the child may ask for at most; left out: everything that parent and rule leave it. */
  [CLAIMS.ceiling]: Ceiling.optional(),
});
export type DelegationClaims = z.infer<typeof DelegationClaims>;

/** Seconds that a run ticket lives, at most. */
export const TICKET_SECONDS = 300;

/**
 * Claims of `run-ticket+jwt`: a registered starter (a queue, a webhook, an application's backend) says that one run may be
 * started, for whom and why. Single use.
 */
export const TicketClaims = z.strictObject({
  /** The starter (`urn:watchword:starter:…`), as the policy declares it. */
  iss: Text,
  aud: Text,
  iat: NumericDate,
  exp: NumericDate,
  jti: TokenId,
  tenant: Identifier,
  /** Agent id, without a version. */
  agent: Identifier,
  /** On whose behalf; left out: the agent's own. */
  user: z.strictObject({ issuer: Text, subject: Text }).optional(),
  /** What made the starter start it, for people: `ticket 1042 was opened`. */
  trigger: z.string().min(1).max(256),
});
export type TicketClaims = z.infer<typeof TicketClaims>;

/** Seconds that an access token lives, at most. */
export const ACCESS_SECONDS = 300;

/**
 * Claims of `at+jwt` (RFC 9068 section 2.2): the broker's access token for one action at one service. It holds no argument,
 * only their digest, and no scope: whoever takes it for an operation must compare the whole action.
 */
export const AccessClaims = z.strictObject({
  /** The broker's issuer of access tokens: no other token of it is under this name. */
  iss: Text,
  aud: Text,
  /** The principal, as in a run token. */
  sub: Text,
  act: Actor,
  /** The workload that runs the agent. */
  client_id: Identifier,
  iat: NumericDate,
  exp: NumericDate,
  /** The lease. */
  jti: z.string().regex(/^lease_[0-9a-f]{32}$/),
  tenant: Identifier,
  /** The run's key. Absent in a token that never leaves the gateway, and in no other. */
  cnf: z.strictObject({ jkt: Digest }).optional(),
  authorization_details: z.tuple([
    z.strictObject({
      type: z.literal(AUTHORIZATION_DETAILS_TYPES.action),
      locations: z.tuple([Text]),
      actions: z.tuple([Text]),
      access: z.enum(["read", "write"]),
      resource: z.record(z.string(), Text),
      /** SHA-256 of the arguments' canonical JSON. */
      arguments_digest: Digest,
    }),
  ]),
  [CLAIMS.decision]: z.strictObject({
    id: z.string().regex(/^dec_[0-9a-f]{32}$/),
    run: z.string().regex(/^run_[0-9a-f]{32}$/),
    principal: z.strictObject({ kind: z.enum(["user", "agent"]), issuer: Text }),
    action_digest: Digest,
    /** The same for the same effect, whatever decision it came from. */
    idempotency_key: Text,
    policy_version: Text,
  }),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

/** Claims of `dpop+jwt` (RFC 9449 section 4.2). */
export const ProofClaims = z.strictObject({
  jti: TokenId,
  htm: z.string().min(1).max(16),
  htu: z.string().min(1).max(2048),
  iat: NumericDate,
  ath: Digest.optional(),
  nonce: z.string().max(256).optional(),
});
export type ProofClaims = z.infer<typeof ProofClaims>;

/** Parses claims strictly. @throws Refusal `token_malformed` with paths, never values. */
export function parseClaims<Schema extends z.ZodType>(schema: Schema, claims: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(claims);
  if (parsed.success) return parsed.data;
  throw new Refusal("token_malformed", {
    detail: `claims rejected at ${issuePaths(parsed.error)}`,
    failedFact: "token",
  });
}

/** Seconds by which two clocks may differ. It never lengthens a lease. */
export const CLOCK_SKEW_SECONDS = 30;

/** Seconds between `iat` and `exp` of an assertion, at most. */
export const ASSERTION_SECONDS = 60;

/**
 * Checks `iat` and `exp` against now.
 *
 * @throws Refusal `token_expired` also for times in the future and for a life longer than `maxSeconds`.
 */
export function checkTimes(
  times: { readonly iat: number; readonly exp: number },
  now: number,
  maxSeconds: number,
): void {
  const expired = (detail: string): Refusal => new Refusal("token_expired", { detail, failedFact: "token" });
  if (times.exp <= now) throw expired("exp has passed");
  if (times.iat > now + CLOCK_SKEW_SECONDS) throw expired("iat is in the future");
  if (times.exp <= times.iat) throw expired("exp is not after iat");
  if (times.exp - times.iat > maxSeconds) throw expired(`lives longer than ${maxSeconds} s`);
}
