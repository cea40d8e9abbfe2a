import { Identifier, numericDate } from "@watchword/core";
import { z } from "zod";
import { Changed, Time, idOf, timeOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { listedTenant, requireWithin } from "../operator-scope.ts";

/** Approvals that one answer lists at most; those that expire first come first. */
const MAX_LISTED = 1_000;

const Approval = z.object({
  id: z.string(),
  tenant: z.string(),
  thread: z.string(),
  agent: z.string(),
  run: z.string(),
  grant: z.string(),
  approvers: z.string(),
  action_digest: z.string(),
  created_at: Time,
  expires_at: Time,
});

export const APPROVAL_OPERATIONS = {
  listApprovals: operatorOperation({
    method: "GET",
    path: "/v1/approvals",
    summary: "Approvals that wait, without what they are about: that is for those who decide them.",
    roles: ["viewer", "approver", "operator"],
    reach: "tenant",
    login: "any",
    query: z.strictObject({ tenant: Identifier.optional() }),
    answer: z.object({ approvals: z.array(Approval) }),
    run: async (scope, { query }) => {
      const { store, clock } = scope.context;
      const of = listedTenant(scope, query.tenant);
      if (of === "nobody") return { approvals: [] };
      const now = numericDate(clock);
      const waiting =
        of.tenant === undefined
          ? await store.pendingEverywhere(now, MAX_LISTED)
          : await store.pendingApprovals(of.tenant, now);
      return {
        approvals: waiting.slice(0, MAX_LISTED).map((approval) => ({
          ...approval,
          action_digest: approval.actionDigest,
          created_at: timeOf(approval.createdAt),
          expires_at: timeOf(approval.expiresAt),
        })),
      };
    },
  }),
  withdrawApproval: operatorOperation({
    method: "POST",
    path: "/v1/approvals/{id}/withdraw",
    summary:
      "Takes an approval back before it is spent. Deciding one is for the policy's approvers, elsewhere.",
    roles: ["operator"],
    reach: "tenant",
    login: "fresh",
    params: z.strictObject({ id: idOf("apr") }),
    answer: Changed,
    run: async (scope, { params: { id } }) => {
      requireWithin(scope, (await scope.approvals.get(id))?.tenant);
      return { changed: await scope.approvals.withdraw(id, scope.by) };
    },
  }),
} as const;
