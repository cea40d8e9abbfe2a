import { Identifier } from "@watchword/core";
import { OPERATOR_ROLES } from "@watchword/broker";
import { ClaimRules } from "@watchword/policy";
import { z } from "zod";
import { Jwks, Listen, VerifierValue } from "./document-parts.ts";

const Issuer = z.url({ protocol: /^https$/, error: "must be an https URL" });

const OperatorVerifier = z
  .strictObject({
    oidc: z
      .strictObject({
        issuer: Issuer,
        /** Of the client by which operators log in. Default: the broker's issuer with `/operators`. */
        audience: z.string().min(1).optional(),
        jwks: Jwks,
        algorithms: z
          .array(z.enum(["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]))
          .min(1)
          .optional(),
        maxLifetimeSeconds: z.int().min(1).optional(),
      })
      .optional(),
    githubActions: z
      .strictObject({
        issuer: Issuer.optional(),
        /** Default: the broker's issuer with `/operators`. */
        audience: z.string().min(1).optional(),
        /** Default: fetched from the issuer. */
        jwks: Jwks.optional(),
      })
      .optional(),
  })
  .refine(({ oidc, githubActions }) => (oidc === undefined) !== (githubActions === undefined), {
    error: "must be { oidc: … } or { githubActions: … }",
  });

/** The operators' API: where it listens, who vouches for operators, and who is one. */
export const OperatorsSection = z.strictObject({
  listen: Listen,
  verifiers: z.array(z.union([OperatorVerifier, VerifierValue])).min(1),
  declared: z
    .record(
      Identifier,
      z.strictObject({
        issuer: Issuer,
        /** What tokens must say of whoever is meant. */
        claim: ClaimRules,
        roles: z.array(z.enum(OPERATOR_ROLES)).min(1),
        /** They see and touch nothing but the tenant that this claim names. */
        tenant: z.strictObject({ claim: z.string().min(1) }).optional(),
        /** `false` only for jobs of CI: their issuer knows of no login. */
        freshLogin: z.boolean().optional(),
      }),
    )
    .refine((declared) => Object.keys(declared).length > 0, { error: "must name somebody" }),
});
export type OperatorsSection = z.output<typeof OperatorsSection>;
