import {
  Identifier,
  Refusal,
  type SealedCredential,
  type ValueMap,
  isValueMap,
  issuePaths,
} from "@watchword/core";
import { z } from "zod";
import type { BrokerContext } from "../broker-context.ts";
import { adapterOf } from "./check-connection.ts";
import { type NewConnection, readConnection } from "./connect-system.ts";

const Secret = z.union(
  [z.string().min(1), z.custom<SealedCredential>(isSealed, { error: "must be a secret" })],
  { error: "must be a secret" },
);

const ImportDocument = z.strictObject({
  watchword: z.literal(1),
  tenants: z.record(
    Identifier,
    z.strictObject({
      connections: z
        .record(
          Identifier,
          z.strictObject({
            account: z.string().min(1),
            secret: Secret.optional(),
            settings: z
              .custom<ValueMap>(isValueMap, { error: "must be texts, booleans and integers" })
              .optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/** A tenant as a document names it, with its connections in the document's order. */
export interface ImportedTenant {
  readonly id: string;
  readonly connections: readonly (readonly [system: string, connection: NewConnection])[];
}

/**
 * Reads a document of tenants. Everything is checked that can be without asking a system: one mistake, and nothing of it is
 * put.
 *
 * @throws Refusal `configuration_invalid` naming places and never values; `unknown_target`, `development_setting`
 */
export function readImportDocument(context: BrokerContext, document: unknown): readonly ImportedTenant[] {
  const parsed = ImportDocument.safeParse(document);
  if (!parsed.success)
    throw new Refusal("configuration_invalid", {
      detail: `not a document of tenants: ${issuePaths(parsed.error)}`,
    });
  const owners = new Map<string, string>();
  return Object.entries(parsed.data.tenants).map(([id, { connections = {} }]) => ({
    id,
    connections: Object.entries(connections).map(([system, { account, secret, settings }]) => {
      const connection = {
        account,
        ...(secret === undefined ? {} : { secret }),
        ...(settings === undefined ? {} : { settings }),
      };
      readConnection(context, { tenant: id, system }, connection);
      const key = JSON.stringify([system, account]);
      const owner = owners.get(key);
      if (owner !== undefined && adapterOf(context, system).capabilities.accounts !== "shared")
        throw new Refusal("configuration_invalid", {
          detail: `${owner} and ${id} are both to be connected with one account of ${system}`,
        });
      owners.set(key, id);
      return [system, connection] as const;
    }),
  }));
}

/** Across duplicate copies of core, too. */
function isSealed(value: unknown): value is SealedCredential {
  return typeof value === "object" && value !== null && "open" in value && typeof value.open === "function";
}
