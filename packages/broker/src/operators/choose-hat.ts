import { Refusal, numericDate } from "@watchword/core";
import { FRESH_LOGIN_SECONDS } from "../approvals/check-approver.ts";
import type { BrokerContext } from "../broker-context.ts";
import type { Operator, OperatorHat } from "./identify-operator.ts";
import type { OperatorOperation } from "./operator-operation.ts";

/**
 * Under which of their names an operator may do something; the one place where that is decided. INVARIANT: a role that the
 * operation does not name, a tenant's operator for what is everybody's, and a login of long ago are each a no.
 *
 * @throws Refusal `operator_not_allowed`, `login_refused`
 */
export function chooseHat(
  { clock }: BrokerContext,
  operator: Operator,
  { roles, reach, login }: Pick<OperatorOperation, "roles" | "reach" | "login">,
): OperatorHat {
  const mayBe = operator.hats.filter((hat) => hat.roles.some((role) => roles.includes(role)));
  if (mayBe.length === 0) throw notAllowed(`needs one of the roles ${roles.join(", ")}`);
  const reaching = mayBe.filter(({ tenant }) => reach === "tenant" || tenant === undefined);
  if (reaching.length === 0) throw notAllowed("it is about every tenant, and this operator's is one");
  const ready = reaching.filter(
    ({ freshLogin }) => login === "any" || !freshLogin || isFresh(operator, numericDate(clock)),
  );
  // Whoever is somebody for every tenant is not held to one that they have besides.
  const [chosen] = ready.toSorted((a, b) => Number(a.tenant !== undefined) - Number(b.tenant !== undefined));
  if (chosen !== undefined) return chosen;
  throw new Refusal("login_refused", { detail: "the login is not fresh; log in again", failedFact: "user" });
}

/** A login in the future is no fresher than one that never was. */
function isFresh({ authenticatedAt }: Operator, now: number): boolean {
  return authenticatedAt !== undefined && Math.abs(now - authenticatedAt) <= FRESH_LOGIN_SECONDS;
}

function notAllowed(detail: string): Refusal {
  return new Refusal("operator_not_allowed", { detail, failedFact: "user" });
}
