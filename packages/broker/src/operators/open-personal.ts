import type { z } from "zod";
import { type OpenedDecision, openedOf } from "./decision-answers.ts";
import { type OperatorScope, notFound, requireWithin } from "./operator-scope.ts";
import { recordAct } from "./record-act.ts";
import { recordedDecision } from "./recorded-decision.ts";

/**
 * Opens who a decision was for, with which arguments, and what was checked. INVARIANT: that it was opened is durable before
 * anything of it is given; when it cannot be recorded, nothing is.
 *
 * @throws Refusal `not_found`, `ledger_unavailable`
 */
export async function openPersonal(
  scope: OperatorScope,
  id: string,
  reason: string,
): Promise<z.input<typeof OpenedDecision>> {
  const { context, by } = scope;
  const found = await recordedDecision(context.store, id);
  requireWithin(scope, found?.record.tenant);
  if (found === undefined) throw notFound();
  await recordAct(context, {
    kind: "personal",
    at: context.clock.now(),
    tenant: found.record.tenant,
    decisionId: id,
    body: { outcome: "opened" },
    personal: { by, reason },
  });
  const { approval } = found.record.body;
  const decided = typeof approval === "string" ? await context.store.approval(approval) : undefined;
  return openedOf(found, decided?.decidedBy ?? null);
}
