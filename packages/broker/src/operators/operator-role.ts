/**
 * What operators are declared as. No role holds another: an admin does not investigate, and an investigator changes nothing.
 * `OPERATIONS` says which role does what.
 */
export const OPERATOR_ROLES = ["viewer", "approver", "operator", "policy", "investigator", "admin"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];
