import { resolve } from "node:path";
import { postgres } from "@watchword/broker/postgres";
import { sqlite } from "@watchword/broker/sqlite";
import type { Clock, Store } from "@watchword/core";
import type { Configuration } from "./load-configuration.ts";
import { type Environment, readSecret } from "./read-secret.ts";

/**
 * Opens the store that the configuration names: a SQLite file beside the broker, or a PostgreSQL that several brokers share.
 *
 * @throws ConfigurationInvalid for a URL that is not there, Refusal as `sqlite` and `postgres` have it
 */
export async function openStore(
  configuration: Configuration,
  environment: Environment,
  clock: Clock,
): Promise<Store> {
  const { store } = configuration.document;
  if ("sqlite" in store) return sqlite(resolve(configuration.directory, store.sqlite), { clock });
  const at = ["store", "postgres", "url"];
  const url = await readSecret(configuration, at, store.postgres.url, environment);
  return postgres({ url, clock });
}
