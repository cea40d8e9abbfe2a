import { Refusal } from "@watchword/core";
import type { ApprovalLoginOptions, ApprovalOptions, ApprovalSettings } from "./approval-options.ts";

const MAX_PENDING = 100;
const MIN_SECRET = 16;

/**
 * Checks what was configured for approvals.
 *
 * @throws Refusal `configuration_invalid`
 */
export function approvalSettings(options: ApprovalOptions = {}): ApprovalSettings {
  const { notify, login, onRequested, maxPending = MAX_PENDING } = options;
  if (notify !== undefined) {
    checkUrl("notify.url", notify.url);
    if (notify.secret.open((secret) => secret.length) < MIN_SECRET)
      throw invalid(`notify.secret has less than ${MIN_SECRET} characters`);
  }
  if (login !== undefined) checkLogin(login);
  if (!Number.isSafeInteger(maxPending) || maxPending < 1)
    throw invalid("maxPending is not a positive number");
  return Object.freeze({ notify, login, onRequested: onRequested ?? (() => undefined), maxPending });
}

function checkLogin({
  verifier,
  clientId,
  authorizationEndpoint,
  tokenEndpoint,
}: ApprovalLoginOptions): void {
  if (!verifier.uses.includes("approver")) throw invalid("login.verifier is not for approvers");
  if (clientId === "") throw invalid("login.clientId is empty");
  checkUrl("login.authorizationEndpoint", authorizationEndpoint);
  checkUrl("login.tokenEndpoint", tokenEndpoint);
}

/** INVARIANT: what is sent goes over TLS or stays on this machine. */
function checkUrl(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === "http:" && /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || plain))
    throw invalid(`${name} must be https, or http on loopback`);
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    throw invalid(`${name} must name no user and no fragment`);
}

function invalid(detail: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `approvals: ${detail}` });
}
