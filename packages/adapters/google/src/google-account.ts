import { type Connection, Refusal } from "@watchword/core";
import type { GoogleSettings } from "./google-options.ts";

/** Where a tenant's objects are. */
export interface GoogleAccount {
  readonly bucket: string;
  /** First path segment of the tenant in a shared bucket. */
  readonly tenant: string | undefined;
}

/** One spelling: without dots, which make a bucket a domain; and one path segment, so that no tenant's prefix stands within another's. */
const OWN = /^([a-z0-9][a-z0-9_-]{1,61}[a-z0-9])$/;
const SHARED = /^([a-z0-9][a-z0-9_-]{1,61}[a-z0-9])\/([a-z0-9][a-z0-9-]{0,62})$/;
/** A service account of a project: its address holds no character that means something in a path. */
const SERVICE_ACCOUNT =
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9-]{4,28}[a-z0-9]\.iam\.gserviceaccount\.com$/;

/** Reads a connection's account. @throws Refusal `configuration_invalid` */
export function accountOf({ tenancy }: Pick<GoogleSettings, "tenancy">, text: string): GoogleAccount {
  const [, bucket, tenant] = (tenancy === "bucket" ? OWN : SHARED).exec(text) ?? [];
  if (bucket !== undefined) return { bucket, tenant };
  throw invalid(
    `a connection's account is written ${tenancy === "bucket" ? "bucket" : "bucket/tenant"} under tenancy: ${tenancy}`,
  );
}

/** The service account that a connection acts as. @throws Refusal `configuration_invalid` */
export function serviceAccountOf({ settings }: Connection): string {
  const { serviceAccount } = settings;
  if (typeof serviceAccount === "string" && SERVICE_ACCOUNT.test(serviceAccount)) return serviceAccount;
  throw invalid("settings.serviceAccount must be name@project.iam.gserviceaccount.com");
}

/** A name or prefix as Cloud Storage has it: below the tenant's own first segment where a bucket is shared. */
export function nameOf({ tenant }: GoogleAccount, name: string): string {
  return tenant === undefined ? name : `${tenant}/${name}`;
}

function invalid(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `google: ${what}; next: correct the connection`,
    failedFact: "tenant",
  });
}
