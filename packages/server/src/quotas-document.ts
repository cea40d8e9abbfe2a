import { Identifier } from "@watchword/core";
import { z } from "zod";

const Count = z.int().min(1);
const Quota = z.strictObject({
  per: z.enum(["account", "connection"]).default("account"),
  /** Units in any window; a request is one, unless `cost` says more. */
  limit: Count,
  windowSeconds: Count.max(86_400),
  cost: z.strictObject({ read: Count, write: Count }).optional(),
});

/**
 * By system, how much less it may be asked than its adapter says. An empty list leaves a system alone when it says "too much" and
 * counts nothing.
 */
export const QuotasPart = z.record(Identifier, z.array(Quota));
