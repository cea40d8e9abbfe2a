import { ACCESS_CHECKS } from "./access-checks-to-break.ts";
import { APPROVAL_CHECKS } from "./approval-checks-to-break.ts";
import { AZURE_CHECKS } from "./azure-checks-to-break.ts";
import { AWS_CHECKS } from "./aws-checks-to-break.ts";
import { CELL_CHECKS } from "./cell-checks-to-break.ts";
import { type BrokenCheck, CHECKS } from "./checks-to-break.ts";
import { CI_CHECKS } from "./ci-checks-to-break.ts";
import { CREDENTIAL_CHECKS } from "./credential-checks-to-break.ts";
import { DATABASE_ROLE_CHECKS } from "./database-role-checks-to-break.ts";
import { DECLARED_API_CHECKS } from "./declared-api-checks-to-break.ts";
import { DELEGATION_CHECKS } from "./delegation-checks-to-break.ts";
import { EDGE_CHECKS } from "./edge-checks-to-break.ts";
import { EVIDENCE_CHECKS } from "./evidence-checks-to-break.ts";
import { GATEWAY_CHECKS } from "./gateway-checks-to-break.ts";
import { GOOGLE_CHECKS } from "./google-checks-to-break.ts";
import { HTTP_CHECKS } from "./http-checks-to-break.ts";
import { JIRA_CHECKS } from "./jira-checks-to-break.ts";
import { JOB_CHECKS } from "./job-checks-to-break.ts";
import { KEY_CHECKS } from "./key-checks-to-break.ts";
import { KUBERNETES_CHECKS } from "./kubernetes-checks-to-break.ts";
import { LEDGER_CHECKS } from "./ledger-checks-to-break.ts";
import { OAUTH_CHECKS } from "./oauth-checks-to-break.ts";
import { OPERATOR_CHECKS } from "./operator-checks-to-break.ts";
import { PAYMENT_CHECKS } from "./payment-checks-to-break.ts";
import { POSTGRES_CHECKS } from "./postgres-checks-to-break.ts";
import { QUOTA_CHECKS } from "./quota-checks-to-break.ts";
import { REPORT_CHECKS } from "./report-checks-to-break.ts";
import { RESTORE_CHECKS } from "./restore-checks-to-break.ts";
import { PROJECTION_CHECKS } from "./projection-checks-to-break.ts";
import { ROW_CHECKS } from "./row-checks-to-break.ts";
import { SALESFORCE_CHECKS } from "./salesforce-checks-to-break.ts";
import { SERVING_CHECKS } from "./serving-checks-to-break.ts";
import { SNOWFLAKE_CHECKS } from "./snowflake-checks-to-break.ts";
import { STORE_CHECKS } from "./store-checks-to-break.ts";
import { TARGET_CHECKS } from "./target-checks-to-break.ts";
import { TENANT_CHECKS } from "./tenant-checks-to-break.ts";
import { TOKEN_CHECKS } from "./token-checks-to-break.ts";
import { TRACE_CHECKS } from "./trace-checks-to-break.ts";

/** Every check that is removed on purpose, in the order in which they are tried. */
export const ALL_CHECKS: readonly BrokenCheck[] = [
  ...CHECKS,
  ...ACCESS_CHECKS,
  ...APPROVAL_CHECKS,
  ...AWS_CHECKS,
  ...DELEGATION_CHECKS,
  ...EVIDENCE_CHECKS,
  ...CI_CHECKS,
  ...CREDENTIAL_CHECKS,
  ...DATABASE_ROLE_CHECKS,
  ...DECLARED_API_CHECKS,
  ...GATEWAY_CHECKS,
  ...HTTP_CHECKS,
  ...JIRA_CHECKS,
  ...JOB_CHECKS,
  ...KEY_CHECKS,
  ...KUBERNETES_CHECKS,
  ...LEDGER_CHECKS,
  ...AZURE_CHECKS,
  ...GOOGLE_CHECKS,
  ...OAUTH_CHECKS,
  ...OPERATOR_CHECKS,
  ...TENANT_CHECKS,
  ...PROJECTION_CHECKS,
  ...TOKEN_CHECKS,
  ...TRACE_CHECKS,
  ...PAYMENT_CHECKS,
  ...POSTGRES_CHECKS,
  ...QUOTA_CHECKS,
  ...SALESFORCE_CHECKS,
  ...SNOWFLAKE_CHECKS,
  ...STORE_CHECKS,
  ...SERVING_CHECKS,
  ...RESTORE_CHECKS,
  ...REPORT_CHECKS,
  ...ROW_CHECKS,
  ...TARGET_CHECKS,
  ...CELL_CHECKS,
  ...EDGE_CHECKS,
];
