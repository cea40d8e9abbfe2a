import { type Clock, type IdentityVerifier, systemClock } from "@watchword/core";
import { z } from "zod";
import { staticKeys } from "./key-source.ts";
import { createVerifier } from "./verifier.ts";

const Options = z.strictObject({
  issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }),
  audience: z.string().min(1),
  jwks: z.strictObject({ keys: z.array(z.looseObject({})).min(1) }),
  algorithms: z
    .array(z.enum(["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]))
    .min(1)
    .default(["RS256", "ES256"]),
  uses: z
    .array(z.enum(["workload", "user", "approver", "operator"]))
    .min(1)
    .default(["user"]),
  maxLifetimeSeconds: z.int().min(1).max(604_800).default(86_400),
});

/** Options of {@link oidc}. */
export type OidcOptions = Omit<z.input<typeof Options>, "jwks"> & {
  readonly jwks: { readonly keys: readonly object[] };
  readonly clock?: Clock;
};

/**
 * Verifies tokens of one configured OpenID Connect issuer: users, approvers, operators, or workloads with an OIDC identity. The
 * issuer's keys are given; no discovery document and no URL from a token is ever followed.
 *
 * @throws TypeError naming the option that cannot be meant
 *
 * @example
 * ```ts
 * const users = await oidc({ issuer: "https://login.example", audience: "https://broker.internal", jwks });
 * ```
 */
export async function oidc(options: OidcOptions): Promise<IdentityVerifier> {
  const { clock = systemClock, ...rest } = options;
  const parsed = Options.safeParse(rest);
  if (!parsed.success)
    throw new TypeError(
      `oidc: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
    );
  const { jwks, ...settings } = parsed.data;
  return createVerifier({ ...settings, keys: await staticKeys(jwks), developmentOnly: false, clock });
}
