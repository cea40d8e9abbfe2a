import { Identifier } from "@watchword/core";
import { z } from "zod";
import { SecretReference } from "./document-parts.ts";

const Connection = z.strictObject({
  account: z.string().min(1),
  /** Left out for a system that has none. */
  secret: SecretReference.optional(),
  settings: z.record(z.string(), z.union([z.string(), z.boolean(), z.int()])).optional(),
});

/** Tenants by their ids, with their connections by system. */
export const TenantsPart = z.record(
  Identifier,
  z.strictObject({ connections: z.record(Identifier, Connection).optional() }),
);
export type TenantsPart = z.output<typeof TenantsPart>;

/** What `watchword tenants import` reads. Secrets are references; relative paths are relative to the file. */
export const TenantsDocument = z.strictObject({ watchword: z.literal(1), tenants: TenantsPart });
