import { describe } from "vitest";
import { describeApprovals } from "./describe-approvals.ts";
import { describeBudgets } from "./describe-budgets.ts";
import { describeConnections } from "./describe-connections.ts";
import { describeDescent } from "./describe-descent.ts";
import { describeEvidence } from "./describe-evidence.ts";
import { describeIntents } from "./describe-intents.ts";
import { describeProlongation } from "./describe-prolongation.ts";
import { describeLeases } from "./describe-leases.ts";
import { describeLedger } from "./describe-ledger.ts";
import { describeOperators } from "./describe-operators.ts";
import { describeQuotas } from "./describe-quotas.ts";
import { describeRegistry } from "./describe-registry.ts";
import { describeSingleUse } from "./describe-single-use.ts";
import type { MakeStorePlace } from "./store-place.ts";

/**
 * The contract of a store, as tests on real data: what is spent once is spent once over all replicas, a void intent
 * spends nothing, budgets are never over-drawn, nothing confirmed is lost. A store that passes can be given to a broker.
 *
 * @example
 * ```ts
 * describeStore("sqlite", () => temporaryFile());
 * ```
 */
export function describeStore(name: string, make: MakeStorePlace): void {
  describe(`store contract: ${name}`, () => {
    describeSingleUse(make);
    describeApprovals(make);
    describeIntents(make);
    describeBudgets(make);
    describeQuotas(make);
    describeLeases(make);
    describeProlongation(make);
    describeDescent(make);
    describeEvidence(make);
    describeRegistry(make);
    describeConnections(make);
    describeOperators(make);
    describeLedger(make);
  });
}
