import type { LedgerKind } from "@watchword/core";
import { type OperatorScope, requireWithin } from "./operator-scope.ts";

/** Kinds of records beside which stands an operator, and nobody whose decision it was. */
const OPERATORS_OWN: ReadonlySet<LedgerKind> = new Set(["personal", "revocation"]);

/**
 * Erases what is kept beside each record of a decision; gives of how many something was erased. The chain stays, with a record
 * of each erasure. Who opened it before, or ended its lease, is not erased with it: operators answer for that.
 *
 * @throws Refusal `not_found`, `ledger_unavailable`; what was erased by then stays erased
 */
export async function erasePersonal(scope: OperatorScope, id: string): Promise<number> {
  const { context, by } = scope;
  const records = await context.store.decisionRecords(id);
  requireWithin(scope, records[0]?.tenant);
  let erased = 0;
  for (const { replica, sequence, kind, tenant, commitment } of records) {
    if (commitment === undefined || OPERATORS_OWN.has(kind)) continue;
    const done = await context.store.erasePersonal(replica, sequence, {
      kind: "personal",
      at: context.clock.now(),
      tenant,
      decisionId: id,
      body: { outcome: "erased", of_replica: replica, of_sequence: sequence },
      personal: { by },
    });
    if (done) erased++;
  }
  return erased;
}
