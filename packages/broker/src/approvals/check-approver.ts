import { type ApprovalRecord, Refusal, type VerifiedIdentity } from "@watchword/core";
import { approversOf, claimsHold } from "@watchword/policy";
import type { BrokerContext } from "../broker-context.ts";
import { linkHash } from "./link-hash.ts";

/** Seconds since an approver's last login, at most. */
export const FRESH_LOGIN_SECONDS = 300;

/** `fresh` for a decision; `any` for looking at what waits. */
export type Login = "fresh" | "any";

/** A person to whom the approval is to look like one that never was. The ledger knows better. */
export class NotTheirs extends Refusal {}

/**
 * Who may decide: of the declared group, freshly logged in, within their tenant, and never the requester. Gives the name
 * under which they may.
 *
 * @throws Refusal `approver_not_allowed`, `approval_self`; {@link NotTheirs} beyond issuer or tenant
 */
export function checkApprover(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  now: number,
  login: Login,
): string {
  let refusal: Refusal | undefined;
  for (const name of decidersOf(approval, now)) {
    const found = obstacle(context, approver, approval, name, now, login);
    if (found === undefined) {
      refuseRequester(context, approver, approval, now);
      return name;
    }
    // Whoever is one of the others hears why; what is not theirs by any name is not there.
    if (refusal === undefined || refusal instanceof NotTheirs) refusal = found;
  }
  throw refusal ?? new NotTheirs("approver_not_allowed", { failedFact: "approval" });
}

/** Names of declared approvers who may decide now; after its time the escalation's as well. */
export function decidersOf({ approvers, escalation }: ApprovalRecord, now: number): string[] {
  return escalation !== null && escalation.at <= now ? [approvers, escalation.approvers] : [approvers];
}

function obstacle(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  name: string,
  now: number,
  login: Login,
): Refusal | undefined {
  const rule = approversOf(context.policy, name);
  const not = (detail: string): Refusal =>
    new Refusal("approver_not_allowed", { detail, failedFact: "approval" });
  const hidden = (detail: string): Refusal =>
    new NotTheirs("approver_not_allowed", { detail, failedFact: "approval" });
  if (rule === undefined) return hidden(`${name} is no longer declared`);
  if (rule.issuer !== approver.issuer) return hidden("logged in at another issuer");
  if (rule.tenant !== undefined && approver.claims[rule.tenant.claim] !== approval.tenant)
    return hidden("the approval is of another tenant");
  for (const [claim, wanted] of Object.entries(rule.claim)) {
    if (!claimsHold({ [claim]: wanted }, approver.claims))
      return not(`claim ${claim} does not hold what ${name} needs`);
  }
  if (rule.link !== undefined && linkHash(context, rule.link.claim, approver.claims) === undefined)
    return not(`claim ${rule.link.claim}, by which requesters are recognized, is not there`);
  if (login === "any") return undefined;
  // A login in the future is no fresher than one that never was.
  const age = approver.authenticatedAt === undefined ? Infinity : now - approver.authenticatedAt;
  if (age > FRESH_LOGIN_SECONDS || age < -FRESH_LOGIN_SECONDS)
    return not("the login is not fresh; log in again");
  return undefined;
}

/** INVARIANT: nobody decides what is asked for on their own behalf, with whichever login, under whichever name. */
function refuseRequester(
  context: BrokerContext,
  approver: VerifiedIdentity,
  approval: ApprovalRecord,
  now: number,
): void {
  const { requester, requesterLinks } = approval;
  const self = (detail: string): Refusal => new Refusal("approval_self", { detail, failedFact: "approval" });
  if (
    requester.kind === "user" &&
    requester.issuer === approver.issuer &&
    requester.subject === approver.subject
  )
    throw self("the requester's own login");
  for (const name of decidersOf(approval, now)) {
    const claim = approversOf(context.policy, name)?.link?.claim;
    if (claim === undefined || !Object.hasOwn(requesterLinks, claim)) continue;
    if (linkHash(context, claim, approver.claims) === requesterLinks[claim])
      throw self(`${claim} is the requester's`);
  }
}
