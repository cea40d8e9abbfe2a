import { Refusal } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";

/** Where a tenant's things are. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly id: string;
  /** First path segment and partition key of the tenant in a shared account. */
  readonly tenant: string | undefined;
}

/** INVARIANT: one path segment in one spelling, so that no tenant's prefix stands within another's. */
const SHARED = /^(\d{12})\/([a-z0-9][a-z0-9-]{0,62})$/;
const OWN = /^\d{12}$/;

function readAccount({ tenancy }: Pick<AwsSettings, "tenancy">, text: string): AwsAccount | undefined {
  if (tenancy === "account") return OWN.test(text) ? { id: text, tenant: undefined } : undefined;
  const [, id, tenant] = SHARED.exec(text) ?? [];
  return id === undefined ? undefined : { id, tenant };
}

/** Reads a connection's account. @throws Refusal `configuration_invalid` for a text that is none under this tenancy */
export function accountOf(settings: Pick<AwsSettings, "tenancy">, text: string): AwsAccount {
  const account = readAccount(settings, text);
  if (account !== undefined) return account;
  const form = settings.tenancy === "account" ? "123456789012" : "123456789012/tenant";
  throw new Refusal("configuration_invalid", {
    detail: `aws: a connection's account is written ${form} under tenancy: ${settings.tenancy}`,
    failedFact: "tenant",
  });
}
