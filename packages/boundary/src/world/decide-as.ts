import { numericDate } from "@watchword/core";
import type { ApprovalCondition } from "../situation.ts";
import { USER } from "./identify-run.ts";
import { satisfyingClaims } from "./satisfying-claims.ts";
import type { StageSet } from "./same-process-stage.ts";

/** Somebody decides an approval, or nobody does. @throws Refusal as the broker refuses whoever tried */
export async function decideAs(set: StageSet, id: string, condition: ApprovalCondition): Promise<void> {
  if (condition === "none" || condition === "pending") return;
  if (condition === "withdrawn") {
    await set.broker.approvals.withdraw(id, "boundary");
    return;
  }
  const token = await approverToken(set, id, condition);
  const verdict = condition === "denied" ? "deny" : "approve";
  await set.broker.approvals.decide(id, { token, verdict });
}

async function approverToken(set: StageSet, id: string, condition: ApprovalCondition): Promise<string> {
  const approval = await set.broker.approvals.get(id);
  const rule = approval === undefined ? undefined : set.policy.document.approvers[approval.approvers];
  if (approval === undefined || rule === undefined)
    throw new Error(`no approval ${id} of declared approvers`);
  const self = condition === "self";
  const subject = self ? USER : "boundary-approver";
  const person = self ? USER : "boundary-approver";
  const claims = {
    ...(condition === "stranger" ? {} : satisfyingClaims(rule.claim)),
    ...(rule.tenant === undefined ? {} : { [rule.tenant.claim]: approval.tenant }),
    ...(rule.link === undefined ? {} : { [rule.link.claim]: `${person}@${rule.link.claim}` }),
  };
  return set.issuers.personToken({
    issuer: rule.issuer,
    subject,
    claims,
    authTime: numericDate(set.clock),
  });
}
