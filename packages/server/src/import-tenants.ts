import { type ImportReport, createBroker } from "@watchword/broker";
import { type Clock, systemClock } from "@watchword/core";
import { configuredPolicy, startingPolicy } from "./configured-policy.ts";
import { fetchForSystems } from "./fetch-for-systems.ts";
import { ledgerOptions } from "./ledger-options.ts";
import { type Configuration, loadDocument } from "./load-configuration.ts";
import { loadKeys } from "./load-keys.ts";
import { loadSystems } from "./load-systems.ts";
import { openStore } from "./open-store.ts";
import type { Environment } from "./read-secret.ts";
import { readTenants } from "./read-tenants.ts";
import type { ServerLog } from "./server-log.ts";
import { TenantsDocument } from "./tenants-document.ts";

/** Options of {@link importTenants}. */
export interface ImportOptions {
  /** Who imports; recorded beside the ledger's chain. */
  readonly by?: string;
  /** Is told when a checkpoint does not get outside; default: nobody. */
  readonly log?: ServerLog;
  /** Where `{ env: NAME }` looks; default: the process's own. */
  readonly env?: Environment;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

/**
 * Puts the tenants of a file into the store of a broker, by that broker's configuration, keys and adapters; whether it runs or not.
 * It goes on with the policy that is active; in a store without any, the configuration's becomes it, as at the first start.
 *
 * @throws ConfigurationInvalid for the file or a secret that is not there, Refusal as `Tenants.import` has it
 */
export async function importTenants(
  configuration: Configuration,
  file: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { clock = systemClock, env = process.env, log = () => undefined } = options;
  const { document } = configuration;
  const ways = options.fetch === undefined ? {} : { fetch: options.fetch };
  const loaded = await loadDocument(file, TenantsDocument);
  const tenants = await readTenants(loaded, loaded.document.tenants, env);
  const systems = await loadSystems(configuration, document.systems);
  await using store = await openStore(configuration, env, clock);
  await using broker = await createBroker({
    issuer: document.issuer,
    gateway: document.gateway.url ?? "",
    ...(document.federation === undefined ? {} : { federationIssuer: document.federation.issuer }),
    policy:
      (await store.activePolicy()) === undefined
        ? await startingPolicy(await configuredPolicy(configuration), store)
        : "stored",
    store,
    keys: await loadKeys(configuration, env, { clock, log, ...ways }),
    systems,
    verifiers: [],
    isolation: "own-process",
    ledger: ledgerOptions(configuration, log, options.fetch),
    clock,
    ...fetchForSystems(systems, options.fetch),
    sweepMilliseconds: 0,
  });
  return await broker.tenants.import(tenants, options.by);
}
