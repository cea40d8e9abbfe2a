import { Identifier } from "@watchword/core";
import { z } from "zod";
import { DelegationRule, Grant } from "./policy-document.ts";

/** Version of the shape below; a runtime that knows another one decides nothing by it. */
export const PROJECTION_VERSION = 1;

/** Of a grant, what a runtime can hold against an action by itself. Everything else of it only the broker knows. */
export const ProjectedGrant = Grant.pick({
  id: true,
  operation: true,
  resource: true,
  where: true,
  user: true,
  background: true,
  window: true,
}).extend({ agents: z.array(Identifier).min(1) });
export type ProjectedGrant = z.infer<typeof ProjectedGrant>;

/**
 * What concerns some agents of a policy: no approver, workload, evidence source, tenant or other agent's grant is in it, and no
 * condition that only the broker can look at.
 */
export const ProjectionDocument = z.strictObject({
  projection: z.literal(PROJECTION_VERSION),
  /** Of the whole policy that it was made from. */
  policyVersion: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Whom it is complete for; about others it says nothing. */
  agents: z.array(Identifier).min(1).max(64),
  grants: z.array(ProjectedGrant),
  delegation: z.array(DelegationRule.omit({ ttl: true })),
});
export type ProjectionDocument = z.infer<typeof ProjectionDocument>;
