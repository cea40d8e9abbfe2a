import { type ApprovalRecord, Identifier, type VerifiedIdentity, numericDate } from "@watchword/core";
import { claimsHold } from "@watchword/policy";
import type { BrokerContext } from "../broker-context.ts";
import { checkApprover } from "./check-approver.ts";

/** Approvals that one answer lists at most; those that expire first come first. */
const MAX_LISTED = 200;

/** Read of all tenants at most, for people who approve for each of them. */
const MAX_READ = 1_000;

/** What waits, in the tenants that this login may decide for, and is not their own. */
export async function listApprovals(
  context: BrokerContext,
  approver: VerifiedIdentity,
): Promise<readonly ApprovalRecord[]> {
  const now = numericDate(context.clock);
  const waiting = await readWaiting(context, tenantsOf(context, approver), now);
  return waiting
    .filter((approval) => mayDecide(context, approver, approval, now))
    .toSorted((a, b) => a.expiresAt - b.expiresAt)
    .slice(0, MAX_LISTED);
}

/** `everywhere` when any of their names is bound to no tenant. */
function tenantsOf(context: BrokerContext, approver: VerifiedIdentity): Set<string> | "everywhere" {
  const tenants = new Set<string>();
  for (const { issuer, claim, tenant } of Object.values(context.policy.document.approvers)) {
    if (issuer !== approver.issuer || !claimsHold(claim, approver.claims)) continue;
    if (tenant === undefined) return "everywhere";
    const named = Identifier.safeParse(approver.claims[tenant.claim]);
    if (named.success) tenants.add(named.data);
  }
  return tenants;
}

async function readWaiting(
  { store }: BrokerContext,
  tenants: Set<string> | "everywhere",
  now: number,
): Promise<readonly ApprovalRecord[]> {
  if (tenants === "everywhere") return store.pendingEverywhere(now, MAX_READ);
  const lists = await Promise.all([...tenants].map((tenant) => store.pendingApprovals(tenant, now)));
  return lists.flat();
}

function mayDecide(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  now: number,
): boolean {
  try {
    checkApprover(context, approver, approval, now, "any");
    return true;
  } catch {
    return false;
  }
}
