import { cancelRefund, createRefund, readRefundTerms } from "./create-refund.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

/** What can be done with refunds. */
export const REFUND_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/refunds$/,
    resource: "refunds",
    parameters: { plain: ["charge", "payment_intent", "amount", "reason"], maps: ["metadata"] },
    begin(parameters, { nextId, seconds }) {
      const terms = readRefundTerms(parameters);
      return (account) => createRefund(account, terms, nextId("re"), seconds);
    },
  },
  {
    method: "POST",
    path: /^\/v1\/refunds\/([A-Za-z0-9_]+)\/cancel$/,
    resource: "refunds",
    parameters: { plain: [] },
    begin:
      (_parameters, { id }) =>
      (account) =>
        cancelRefund(account, id),
  },
];
