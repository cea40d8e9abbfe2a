import { Refusal } from "@watchword/core";
import type { Approvals } from "../approvals.ts";
import type { BrokerContext } from "../broker-context.ts";
import type { Operator } from "./identify-operator.ts";
import type { Policies } from "../policies.ts";
import type { Runs } from "../runs.ts";
import type { Tenants } from "../tenants.ts";

/** The rooms of the broker that operators reach. */
export interface OperatorRooms {
  readonly approvals: Approvals;
  readonly policies: Policies;
  readonly runs: Runs;
  readonly tenants: Tenants;
  /** Ends at once what became due. */
  readonly endDue: () => Promise<unknown>;
}

/** What an operation works with: by whom, and within which tenant. */
export interface OperatorScope extends OperatorRooms {
  readonly context: BrokerContext;
  readonly operator: Operator;
  /** Who does it, for the erasable part of records: declared name, issuer, subject. */
  readonly by: string;
  /** The one tenant that this operator sees; `undefined`: every tenant. */
  readonly tenant: string | undefined;
}

/** What is another tenant's looks like what never was. @throws Refusal `not_found` */
export function requireWithin(scope: OperatorScope, tenant: string | null | undefined): void {
  if (tenant === undefined) throw notFound();
  if (scope.tenant !== undefined && tenant !== scope.tenant) throw notFound();
}

/** The tenants that a listing is about: `nobody` when what was asked for is beyond the operator's own. */
export function listedTenant(
  { tenant: own }: OperatorScope,
  asked: string | undefined,
): { readonly tenant?: string } | "nobody" {
  if (own !== undefined && asked !== undefined && asked !== own) return "nobody";
  const tenant = own ?? asked;
  return tenant === undefined ? {} : { tenant };
}

/** The one answer for what is not there, or not theirs. */
export function notFound(detail = "there is nothing of this name"): Refusal {
  return new Refusal("not_found", { detail });
}
