import {
  type Clock,
  GITHUB_ACTIONS_ISSUER,
  type IdentityVerifier,
  Refusal,
  type VerifiedIdentity,
  systemClock,
} from "@watchword/core";
import { z } from "zod";
import { ActionsClaims } from "./actions-claims.ts";
import { type KeySource, staticKeys } from "./key-source.ts";
import { createVerifier } from "./verifier.ts";

const Options = z.strictObject({
  issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }).default(GITHUB_ACTIONS_ISSUER),
  audience: z.string().min(1),
  uses: z
    .array(z.enum(["workload", "evidence", "operator"]))
    .min(1)
    .default(["evidence"]),
  maxLifetimeSeconds: z.int().min(1).max(3_600).default(900),
});
const KeySet = z.strictObject({ keys: z.array(z.looseObject({})).min(1) });

/** Options of {@link githubActions}. */
export type GithubActionsOptions = z.input<typeof Options> & {
  /** The issuer's signing keys, or where they come from. */
  readonly jwks: { readonly keys: readonly object[] } | KeySource;
  readonly clock?: Clock;
};

/**
 * Verifies the tokens that GitHub Actions gives its jobs, and that their claims have the form that rules rely on: numeric
 * ids as digits, `ref_protected` as one of two texts, workflow files with repository and ref, and a `sub` that agrees with
 * them. Any repository of the issuer can ask for a token with any audience: who may do what is for the policy to say.
 *
 * @throws TypeError naming the option that cannot be meant
 *
 * @example
 * ```ts
 * const ci = await githubActions({ audience: "https://broker.internal", jwks });
 * ```
 */
export async function githubActions(options: GithubActionsOptions): Promise<IdentityVerifier> {
  const { clock = systemClock, jwks, ...rest } = options;
  const settings = parsed(Options, rest);
  const keys = "find" in jwks ? jwks : await staticKeys(parsed(KeySet, jwks, "jwks"));
  const verifier = createVerifier({
    ...settings,
    keys,
    algorithms: ["RS256"],
    developmentOnly: false,
    clock,
  });
  return Object.freeze<IdentityVerifier>({
    ...verifier,
    verify: async (token) => checked(await verifier.verify(token)),
  });
}

/** @throws Refusal `token_malformed`, naming the claims and none of their values */
function checked(identity: VerifiedIdentity): VerifiedIdentity {
  const claims = ActionsClaims.safeParse(identity.claims);
  if (claims.success) return identity;
  const names = new Set(claims.error.issues.map(({ path }) => path.join(".")));
  throw new Refusal("token_malformed", {
    detail: `not the claims of a GitHub Actions job: ${[...names].join(", ")}`,
    failedFact: "token",
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, where = ""): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TypeError(
    `githubActions: ${result.error.issues.map(({ path, message }) => `${[where, ...path].filter((part) => part !== "").join(".")}: ${message}`).join("; ")}`,
  );
}
