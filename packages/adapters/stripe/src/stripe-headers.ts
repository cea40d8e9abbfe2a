import { Refusal, type SealedCredential } from "@watchword/core";
import type { StripeSettings } from "./stripe-options.ts";

/**
 * The headers of every call: a fixed user agent, and the account when tenants have one each. The account comes from
 * connection or authority, never from a tool.
 *
 * @throws Refusal `configuration_invalid` when the account cannot be one of Stripe's.
 */
export function stripeHeaders(settings: StripeSettings, account: string | undefined): Record<string, string> {
  const headers = { accept: "application/json", "user-agent": "watchword-adapter-stripe" };
  if (settings.tenancy !== "connected-account") return headers;
  if (account === undefined || !/^acct_[A-Za-z0-9_]{1,64}$/.test(account)) {
    throw new Refusal("configuration_invalid", {
      detail: "stripe: the connection's account is not of the form acct_…",
      failedFact: "credential",
    });
  }
  return { ...headers, "stripe-account": account };
}

/**
 * The key for a header, if it can stand in one. Without this check `fetch` would throw an error that quotes the key.
 *
 * @throws Refusal `configuration_invalid`
 */
export function openKey(secret: SealedCredential): string {
  return secret.open((key) => {
    if (/^[A-Za-z0-9_]{1,255}$/.test(key)) return key;
    throw new Refusal("configuration_invalid", {
      detail: "stripe: the connection's key holds characters that no Stripe key has",
      failedFact: "credential",
    });
  });
}
