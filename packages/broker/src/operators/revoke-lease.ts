import { numericDate } from "@watchword/core";
import { type OperatorScope, requireWithin } from "./operator-scope.ts";

/**
 * Ends a lease at once. The gateway refuses its handle from then on; that the system revokes the credential is tried now, and
 * again by every sweep.
 *
 * @throws Refusal `not_found`
 */
export async function revokeLease(
  scope: OperatorScope,
  id: string,
): Promise<{ changed: boolean; revocation: string | null }> {
  const { context, by } = scope;
  const lease = await context.store.lease(id);
  requireWithin(scope, lease?.tenant);
  const changed = await context.store.expireLease(id, numericDate(context.clock), {
    kind: "revocation",
    at: context.clock.now(),
    tenant: lease?.tenant ?? null,
    ...(lease === undefined ? {} : { decisionId: lease.decisionId }),
    body: { lease: id, outcome: "ordered" },
    personal: { by },
  });
  await scope.endDue();
  const after = await context.store.lease(id);
  return { changed, revocation: after?.revocation ?? null };
}
