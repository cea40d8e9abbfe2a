import { GITHUB_ACTIONS_ISSUER, Identifier, type IdentityVerifier, Refusal } from "@watchword/core";
import type { ClaimRules } from "@watchword/policy";
import { OPERATOR_ROLES, type OperatorRole } from "./operator-role.ts";

/** People, or jobs of CI, that one issuer vouches for by what its tokens say of them. */
export interface DeclaredOperator {
  readonly issuer: string;
  /** All of them must hold. */
  readonly claim: ClaimRules;
  readonly roles: readonly OperatorRole[];
  /** They see and touch nothing but the tenant that this claim names; left out: every tenant. */
  readonly tenant?: { readonly claim: string } | undefined;
  /** `false` only for jobs, whose issuer knows of no login: what changes something asks for a fresh one. Default `true`. */
  readonly freshLogin?: boolean | undefined;
}

/** Who operates a broker. */
export interface OperatorOptions {
  /**
   * Who verifies their tokens, each for `operator` alone. INVARIANT: a token that people hand to a runtime is none with which
   * the broker is operated, so that these have an audience of their own.
   */
  readonly verifiers: readonly IdentityVerifier[];
  /** By names that the ledger shows. */
  readonly declared: Readonly<Record<string, DeclaredOperator>>;
}

/** Operators, checked. */
export interface OperatorSettings {
  readonly verifiers: ReadonlyMap<string, IdentityVerifier>;
  readonly declared: ReadonlyMap<string, DeclaredOperator>;
}

/**
 * Checks who is declared as an operator.
 *
 * @throws Refusal `configuration_invalid`, `development_setting`
 */
export function operatorSettings(
  { verifiers, declared }: OperatorOptions,
  environment: "production" | "development",
): OperatorSettings {
  const byIssuer = new Map(verifiers.map((verifier) => [verifier.issuer, verifier]));
  if (byIssuer.size !== verifiers.length) throw invalid("two verifiers are for the same issuer");
  for (const { issuer, uses, developmentOnly } of verifiers) {
    if (uses.length !== 1 || uses[0] !== "operator")
      throw invalid(`the verifier of ${issuer} is not for operators alone`);
    if (developmentOnly && environment === "production")
      throw new Refusal("development_setting", {
        detail: `operators: the verifier of ${issuer} is for development`,
      });
  }
  for (const [name, operator] of Object.entries(declared)) checkDeclared(name, operator, byIssuer);
  return { verifiers: byIssuer, declared: new Map(Object.entries(declared)) };
}

function checkDeclared(
  name: string,
  { issuer, claim, roles }: DeclaredOperator,
  verifiers: OperatorSettings["verifiers"],
): void {
  if (!Identifier.safeParse(name).success) throw invalid(`${name} is no name`);
  if (!verifiers.has(issuer)) throw invalid(`${name}: no verifier is for ${issuer}`);
  if (Object.keys(claim).length === 0) throw invalid(`${name}: claim names no claim, and so checks nothing`);
  // Whoever has a repository on github.com gets its tokens, with any audience.
  if (issuer === GITHUB_ACTIONS_ISSUER && !Object.hasOwn(claim, "repository_id"))
    throw invalid(`${name}: claim must name repository_id, for every repository gets tokens of this issuer`);
  if (roles.length === 0 || !roles.every((role) => OPERATOR_ROLES.includes(role)))
    throw invalid(`${name}: roles are of ${OPERATOR_ROLES.join(", ")}`);
}

function invalid(detail: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `operators: ${detail}` });
}
