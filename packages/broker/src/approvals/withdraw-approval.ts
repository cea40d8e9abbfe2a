import { type ApprovalRecord, numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";

/** Takes an approval back before it is spent. `false`: it was too late, or never there. */
export async function withdrawApproval(
  context: BrokerContext,
  approval: ApprovalRecord | undefined,
  by: { readonly withdrawn_by: "operator" } | { readonly withdrawn_by: "run"; readonly run: string },
  person?: string,
): Promise<boolean> {
  if (approval === undefined) return false;
  const withdrawn = await context.store.withdrawApproval(approval.id, numericDate(context.clock), {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: {
      approval: approval.id,
      outcome: "withdrawn",
      grant: approval.grant,
      action_digest: approval.actionDigest,
      ...by,
    },
    ...(person === undefined ? {} : { personal: { by: person } }),
  });
  if (withdrawn) context.approvalChanges.changed(approval.id);
  return withdrawn;
}
