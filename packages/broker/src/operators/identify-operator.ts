import { Identifier, Refusal, type VerifiedIdentity } from "@watchword/core";
import { claimsHold } from "@watchword/policy";
import { linksOf } from "../approvals/link-hash.ts";
import type { BrokerContext } from "../broker-context.ts";
import { verifyIdentity } from "../verify-identity.ts";
import type { DeclaredOperator, OperatorSettings } from "./operator-options.ts";
import type { OperatorRole } from "./operator-role.ts";

/** One declared name under which somebody may do something. */
export interface OperatorHat {
  readonly name: string;
  readonly roles: readonly OperatorRole[];
  /** The one tenant that they see; `undefined`: every tenant. */
  readonly tenant: string | undefined;
  readonly freshLogin: boolean;
}

/** A verified operator, with every name under which they are declared. Only {@link identifyOperator} makes one. */
export interface Operator {
  readonly issuer: string;
  readonly subject: string;
  readonly authenticatedAt: number | undefined;
  /** Keyed hashes of the claims by which approvers are compared, by claim name. */
  readonly links: Readonly<Record<string, string>>;
  readonly hats: readonly OperatorHat[];
}

/**
 * Verifies an operator's token. Whoever is not known yet is counted: neither bad tokens nor good ones of strangers fill the
 * ledger.
 *
 * @throws Refusal as the token's verifier refuses; `operator_not_allowed` for a login that is declared under no name
 */
export async function identifyOperator(
  context: BrokerContext,
  settings: OperatorSettings,
  token: string,
): Promise<Operator> {
  try {
    const identity = await verifyIdentity(settings, token, "operator");
    const { issuer, subject, authenticatedAt } = identity;
    const hats = [...settings.declared].flatMap(([name, declared]) => hatOf(name, declared, identity));
    if (hats.length === 0)
      throw new Refusal("operator_not_allowed", {
        detail: "this login is declared under no name",
        failedFact: "user",
      });
    const links = linksOf(context, identity.claims);
    return Object.freeze({ issuer, subject, authenticatedAt, links, hats });
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

/** INVARIANT: where a tenant's claim is declared and the token names none, the name is not theirs; never every tenant's. */
function hatOf(
  name: string,
  { issuer, claim, roles, tenant, freshLogin = true }: DeclaredOperator,
  identity: VerifiedIdentity,
): OperatorHat[] {
  if (issuer !== identity.issuer || !claimsHold(claim, identity.claims)) return [];
  if (tenant === undefined) return [{ name, roles, tenant: undefined, freshLogin }];
  const named = Object.hasOwn(identity.claims, tenant.claim) ? identity.claims[tenant.claim] : undefined;
  const parsed = Identifier.safeParse(named);
  return parsed.success ? [{ name, roles, tenant: parsed.data, freshLogin }] : [];
}
