import { ACCOUNT_FUNCTIONS } from "./account-functions.ts";
import { FORGOTTEN_FUNCTIONS } from "./forgotten-functions.ts";
import { INTENT_FUNCTIONS } from "./intent-functions.ts";
import { LEASE_FUNCTIONS } from "./lease-functions.ts";
import { OPERATOR_FUNCTIONS } from "./operator-functions.ts";
import { PROLONG_FUNCTIONS } from "./prolong-functions.ts";
import { QUOTA_FUNCTIONS } from "./quota-functions.ts";
import { RENEWAL_FUNCTIONS } from "./renewal-functions.ts";
import { REGISTRY_FUNCTIONS } from "./registry-functions.ts";
import { RUN_FUNCTIONS } from "./run-functions.ts";
import { TABLES } from "./schema.ts";
import { STATE_FUNCTIONS } from "./state-functions.ts";
import { WRITE_GROUP_FUNCTION } from "./write-group-function.ts";

/**
 * What brings a database from one version to the next, in order; the version is how many were applied. One that was
 * released is never changed: what it made differently later is another one.
 */
export const MIGRATIONS: readonly string[] = [
  [
    TABLES,
    STATE_FUNCTIONS,
    INTENT_FUNCTIONS,
    LEASE_FUNCTIONS,
    RUN_FUNCTIONS,
    REGISTRY_FUNCTIONS,
    WRITE_GROUP_FUNCTION,
  ].join("\n"),
  FORGOTTEN_FUNCTIONS,
  OPERATOR_FUNCTIONS,
  QUOTA_FUNCTIONS,
  RENEWAL_FUNCTIONS,
  ACCOUNT_FUNCTIONS,
  PROLONG_FUNCTIONS,
];
