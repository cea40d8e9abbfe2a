import { resolve } from "node:path";
import type { SealedCredential } from "@watchword/core";
import type { Configuration } from "./load-configuration.ts";
import { type Environment, readSecret } from "./read-secret.ts";

/** Where a store is: a file of SQLite, or a database of PostgreSQL with the role to use there. */
export type StorePlace =
  | { readonly sqlite: string }
  | { readonly postgres: { readonly url: SealedCredential } };

/**
 * Where the store of a configuration is.
 *
 * @throws ConfigurationInvalid for a URL that is not there; it is in no error
 */
export async function storePlace(
  configuration: Configuration,
  environment: Environment = process.env,
): Promise<StorePlace> {
  const { store } = configuration.document;
  if ("sqlite" in store) return { sqlite: resolve(configuration.directory, store.sqlite) };
  const at = ["store", "postgres", "url"];
  return { postgres: { url: await readSecret(configuration, at, store.postgres.url, environment) } };
}
