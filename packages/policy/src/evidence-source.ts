import { z } from "zod";

const Digits = z.string().regex(/^[1-9][0-9]{0,19}$/, { error: "must be a numeric id in quotes" });
const CheckName = z.string().min(1).max(255);
/** Numbers of the canonical policy are integers; a score's minimum is a text. */
const DECIMAL = /^-?(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,6})?$/;
const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: "must be 32 bytes as base64url" });

/** App id of GitHub Actions itself: every workflow posts as it, the agent's own too. */
const ACTIONS_APP = "15368";

/**
 * Events for which GitHub takes the workflow's text from the named ref. For `pull_request` and `merge_group` it takes it
 * from what is being tested, so whoever writes the change writes the test.
 */
const Event = z.enum(["push", "schedule", "workflow_dispatch", "pull_request_target"], {
  error:
    "must be push, schedule, workflow_dispatch or pull_request_target: other events run the workflow as the change itself has it",
});

const ActionsSource = z.strictObject({
  issuer: z.literal("github-actions"),
  /** Name of the job's check; left out: the name of the source. */
  check: CheckName.optional(),
  repositoryId: Digits,
  ownerId: Digits.optional(),
  workflow: z.string().regex(/^\.github\/workflows\/[A-Za-z0-9._-]+\.ya?ml$/, {
    error: "must be .github/workflows/<file>.yml",
  }),
  ref: z
    .string()
    .regex(/^refs\/heads\/[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/, { error: "must be refs/heads/<branch>" }),
  /** Left out: push and pull_request_target. A result that is posted counts for the others alone. */
  events: z.array(Event).min(1).optional(),
  /** Issuer of the tokens with which jobs post results, where it is not github.com's. */
  tokenIssuer: z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]{0,255})?$/, {
      error: "must be an https URL",
    })
    .optional(),
  /** What every value of a score must reach in a result that is posted. */
  minimum: z
    .record(CheckName, z.string().regex(DECIMAL, { error: 'must be a number in quotes: "0.95"' }))
    .refine((minimum) => Object.keys(minimum).length > 0, { error: "names no score" })
    .optional(),
});

const AppSource = z.strictObject({
  issuer: z.literal("github-app"),
  check: CheckName.optional(),
  repositoryId: Digits,
  ownerId: Digits.optional(),
  app: Digits.refine((app) => app !== ACTIONS_APP, {
    error: "15368 is GitHub Actions, as which every workflow posts; use issuer: github-actions",
  }),
});

/** A P-256 public key as JSON Web Key. */
export const P256Key = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: Coordinate,
  y: Coordinate,
});

/** Public keys as JSON Web Keys: P-256 (ES256) or Ed25519. */
const PublicKey = z.union([
  P256Key,
  z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: Coordinate }),
]);

const SignedSource = z.strictObject({
  issuer: z.literal("dsse"),
  /** Whoever holds one of these private keys says how tests went. */
  keys: z.array(PublicKey).min(1).max(16),
  /** Name of the `configuration` that the statement is about: one key may sign for several suites. */
  suite: z.string().min(1).max(255),
});

/** Who may say that tests passed: a workflow on a protected ref, a dedicated App, or the holder of a key. */
export const EvidenceSource = z.discriminatedUnion("issuer", [ActionsSource, AppSource, SignedSource]);
export type EvidenceSource = z.infer<typeof EvidenceSource>;
