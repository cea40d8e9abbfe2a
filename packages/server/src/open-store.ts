import { postgres } from "@watchword/broker/postgres";
import { sqlite } from "@watchword/broker/sqlite";
import type { Clock, Store } from "@watchword/core";
import type { Configuration } from "./load-configuration.ts";
import type { Environment } from "./read-secret.ts";
import { storePlace } from "./store-place.ts";

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
  const place = await storePlace(configuration, environment);
  return "sqlite" in place ? sqlite(place.sqlite, { clock }) : postgres({ ...place.postgres, clock });
}
