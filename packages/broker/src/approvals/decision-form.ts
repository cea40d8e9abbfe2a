import { Refusal, SealedCredential, numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { FRESH_LOGIN_SECONDS } from "./check-approver.ts";

/** One answer that one person may send to one approval. */
export interface DecisionForm {
  readonly approvalId: string;
  readonly verdict: "approve" | "deny";
  /** NumericDate */
  readonly expiresAt: number;
  readonly idToken: SealedCredential;
}

/**
 * The answer as a form carries it: the person's ID token, encrypted, and bound by the encryption to approval, verdict and
 * time. Nobody else can make one, and it can be made into no other: that is what a session and a CSRF token would be for.
 */
export async function sealForm(
  context: BrokerContext,
  { approvalId, verdict, idToken }: Omit<DecisionForm, "expiresAt">,
): Promise<string> {
  const expiresAt = numericDate(context.clock) + FRESH_LOGIN_SECONDS;
  const bound = sealedFor(context, approvalId, verdict, expiresAt);
  const sealed = Buffer.from(await context.keys.sealer.seal(idToken, bound)).toString("base64url");
  return `${approvalId}.${verdict}.${expiresAt}.${sealed}`;
}

/** @throws Refusal `login_refused` for what this broker did not seal, or too long ago */
export async function openForm(context: BrokerContext, form: string): Promise<DecisionForm> {
  const parts = /^(apr_[0-9a-f]{32})\.(approve|deny)\.(\d{1,11})\.([A-Za-z0-9_-]{1,65536})$/.exec(form);
  if (parts === null) throw refused("the form is not one of this broker's");
  const [, approvalId = "", word, time, sealed = ""] = parts;
  const verdict = word === "approve" ? "approve" : "deny";
  const expiresAt = Number(time);
  const idToken = await open(context, sealed, sealedFor(context, approvalId, verdict, expiresAt));
  if (expiresAt <= numericDate(context.clock)) throw refused("the form is too old; log in again");
  return { approvalId, verdict, expiresAt, idToken };
}

async function open(context: BrokerContext, sealed: string, bound: string): Promise<SealedCredential> {
  try {
    return await context.keys.sealer.open(Buffer.from(sealed, "base64url"), bound);
  } catch {
    throw refused("the form is not one of this broker's");
  }
}

function sealedFor(
  { issuer }: BrokerContext,
  approvalId: string,
  verdict: string,
  expiresAt: number,
): string {
  return JSON.stringify(["approval-form", issuer, approvalId, verdict, expiresAt]);
}

function refused(detail: string): Refusal {
  return new Refusal("login_refused", { detail, failedFact: "user" });
}
