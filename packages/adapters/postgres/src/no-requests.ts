import { type GatewayRequest, Refusal } from "@watchword/core";

/**
 * PostgreSQL is not spoken to by requests that a gateway could read, so none of them is an action.
 *
 * @throws Refusal `request_mismatch`, always
 */
export function noRequests(_request?: GatewayRequest): never {
  throw new Refusal("request_mismatch", {
    detail: "postgres: a role is used at the server itself; the grant must say custody: released",
    failedFact: "action",
  });
}
