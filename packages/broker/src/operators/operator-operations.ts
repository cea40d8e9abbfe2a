import type { OperatorOperation } from "./operator-operation.ts";
import { APPROVAL_OPERATIONS } from "./operations/approval-operations.ts";
import { DECISION_OPERATIONS } from "./operations/decision-operations.ts";
import { FREEZE_OPERATIONS } from "./operations/freeze-operations.ts";
import { LEDGER_OPERATIONS } from "./operations/ledger-operations.ts";
import { POLICY_OPERATIONS } from "./operations/policy-operations.ts";
import { RUN_OPERATIONS } from "./operations/run-operations.ts";
import { TENANT_OPERATIONS } from "./operations/tenant-operations.ts";

/**
 * Everything that operators can do, by name. Routes, roles, the served description and the reference come from this table
 * alone; what is not in it is done for nobody.
 */
export const OPERATOR_OPERATIONS: ReadonlyMap<string, OperatorOperation> = new Map(
  Object.entries({
    ...DECISION_OPERATIONS,
    ...RUN_OPERATIONS,
    ...FREEZE_OPERATIONS,
    ...APPROVAL_OPERATIONS,
    ...LEDGER_OPERATIONS,
    ...POLICY_OPERATIONS,
    ...TENANT_OPERATIONS,
  }),
);
