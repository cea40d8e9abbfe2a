import { Refusal, type VerifiedIdentity, numericDate, sha256 } from "@watchword/core";
import type { ApprovalRecord } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import type { ApprovalLoginOptions } from "./approval-options.ts";
import { type ApproverAnswer, decideApproval } from "./decide-approval.ts";
import { openForm, sealForm } from "./decision-form.ts";
import { listApprovals } from "./list-approvals.ts";
import { beginLogin, openLogin, loginRefused as refused } from "./login-state.ts";
import { redeemCode } from "./redeem-code.ts";
import { type ShownApproval, shownApproval } from "./shown-approval.ts";

/** One approval on the page: what it says, and the two answers that this person can send. */
export interface ApprovalForm {
  readonly shown: ShownApproval;
  readonly approve: string;
  readonly deny: string;
}

/** What the login service's redirect brings back (OpenID Connect Core section 3.1.2.5, RFC 9207). */
export interface LoginResponse {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** People at a browser: one login, one page, one decision. Nothing of it is kept, in no cookie and no session. */
export interface ApprovalLogin {
  /** Where the browser goes to log in. */
  begin(): Promise<string>;
  /**
   * What waits for whoever logged in.
   *
   * @throws Refusal `login_refused` (counted)
   */
  finish(response: LoginResponse): Promise<readonly ApprovalForm[]>;
  /** Decides by what stood in the form. @throws Refusal as `Approvals.decide`; `login_refused` for a form that is not ours */
  decide(form: string, reason: string | undefined): Promise<ApprovalRecord>;
}

/** Approvals that one page shows: each brings two sealed answers along. */
const MAX_SHOWN = 25;

/** The login of a broker, if one is configured. */
export function approvalLogin(context: BrokerContext): ApprovalLogin | undefined {
  const { login } = context.approvals;
  if (login === undefined) return undefined;
  return Object.freeze<ApprovalLogin>({
    begin: () => beginLogin(context, login),
    finish: (response) => counted(context, () => finish(context, login, response)),
    decide: (form, reason) => decide(context, login, form, reason),
  });
}

async function finish(
  context: BrokerContext,
  login: ApprovalLoginOptions,
  { code, state, iss, error }: LoginResponse,
): Promise<readonly ApprovalForm[]> {
  const begun = await openLogin(context, state);
  // RFC 9207 section 2.4: an answer of another login service is not taken to this one.
  if (iss !== undefined && iss !== login.verifier.issuer) throw refused("the answer names another issuer");
  if (error !== undefined || code === undefined) throw refused("the login service gave no code");
  const now = numericDate(context.clock);
  const used = { issuer: "approval-login", jti: begun.id, expiresAt: begun.expiresAt };
  if (!(await context.store.spendToken(used, now))) throw refused("this login was finished before");
  const { approver, idToken } = await redeemCode(context, login, code, begun);
  const waiting = (await listApprovals(context, approver)).slice(0, MAX_SHOWN);
  return Promise.all(
    waiting.map(async (approval) => ({
      shown: shownApproval(approval, now),
      approve: await sealForm(context, { approvalId: approval.id, verdict: "approve", idToken }),
      deny: await sealForm(context, { approvalId: approval.id, verdict: "deny", idToken }),
    })),
  );
}

async function decide(
  context: BrokerContext,
  login: ApprovalLoginOptions,
  form: string,
  reason: string | undefined,
): Promise<ApprovalRecord> {
  const { approvalId, verdict, expiresAt, idToken } = await counted(context, () => openForm(context, form));
  const answer: ApproverAnswer = { verdict, reason };
  return decideApproval(
    context,
    approvalId,
    async (): Promise<VerifiedIdentity> => {
      const approver = await idToken.open((token) => login.verifier.verify(token));
      const used = { issuer: "approval-form", jti: sha256(form), expiresAt };
      if (!(await context.store.spendToken(used, numericDate(context.clock))))
        throw refused("the form was sent before");
      return approver;
    },
    answer,
  );
}

async function counted<Result>(context: BrokerContext, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}
