import { resolve } from "node:path";
import { type BrokerKeys, type FederationAlgorithm, fileKeys } from "@watchword/broker";
import { type TransitKeys, transitKeys } from "@watchword/broker/transit";
import { type Clock, Refusal, SealedCredential } from "@watchword/core";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import { fetchTrusting } from "./fetch-trusting.ts";
import type { TransitDocument } from "./keys-document.ts";
import type { Configuration } from "./load-configuration.ts";
import { type Environment, readSecret } from "./read-secret.ts";
import { readSettingFile } from "./read-setting-file.ts";
import { type ServerLog, refusalFields } from "./server-log.ts";

/** Milliseconds for one call: with what else a mint does, an engine that is silent is a refusal within 2 s. */
const TRANSIT_MILLISECONDS = 1_500;
const AT = ["keys", "transit"];

/**
 * The broker's keys as the configuration has them: in a directory, some of them in a transit engine, which is asked here
 * whether it lets this broker use them.
 *
 * @throws ConfigurationInvalid, Refusal `configuration_invalid` as `fileKeys` has it, `ledger_unavailable` when the engine
 *   does not answer
 */
export async function loadKeys(
  configuration: Configuration,
  environment: Environment,
  parts: { readonly clock: Clock; readonly log: ServerLog; readonly fetch?: typeof fetch },
): Promise<BrokerKeys> {
  const { keys, federation } = configuration.document;
  // A directory beside an engine that has them keeps what it holds, and signs nothing with it.
  const algorithm = federation === undefined ? undefined : (federation.algorithm ?? "ES256");
  const { directory, transit } = typeof keys === "string" ? { directory: keys } : keys;
  const files = await fileKeys(resolve(configuration.directory, directory), {
    clock: parts.clock,
    ...(algorithm === undefined || transit?.federation !== undefined
      ? {}
      : { federationAlgorithm: algorithm }),
    onTrouble: (refusal) => parts.log({ level: "error", event: "keys_unread", ...refusalFields(refusal) }),
  });
  if (transit === undefined) return files;
  const engine = transitKeys({
    url: transit.url,
    token: () => readSecret(configuration, [...AT, "token"], transit.token, environment),
    clock: parts.clock,
    timeoutMilliseconds: TRANSIT_MILLISECONDS,
    ...(transit.mount === undefined ? {} : { mount: transit.mount }),
    ...(transit.namespace === undefined ? {} : { namespace: transit.namespace }),
    ...(await wayThere(configuration, transit, parts.fetch)),
  });
  return { ...files, ...(await keysOf(configuration, engine, transit, files, algorithm)) };
}

/** Each key that the engine has in place of the directory's, once it was seen to work. */
async function keysOf(
  configuration: Configuration,
  engine: TransitKeys,
  { runs, sealer, access, federation }: TransitDocument,
  files: BrokerKeys,
  algorithm: FederationAlgorithm | undefined,
): Promise<Partial<BrokerKeys>> {
  const named = async <Value>(member: string, work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      throw at(configuration, member, error);
    }
  };
  return {
    ...(runs === undefined ? {} : { runs: await named("runs", () => engine.signingKeys(runs)) }),
    ...(access === undefined ? {} : { access: await named("access", () => engine.signingKeys(access)) }),
    ...(federation === undefined
      ? {}
      : { federation: await named("federation", () => engine.federationKeys(federation, algorithm)) }),
    ...(sealer === undefined
      ? {}
      : {
          sealer: await named("sealer", async () => {
            // What the directory's key sealed before still opens; nothing is sealed by it any more.
            const made = engine.sealer(sealer, files.sealer);
            const probe = await made.seal(new SealedCredential("a broker starts"), "start");
            await made.open(probe, "start");
            return made;
          }),
        }),
  };
}

async function wayThere(
  configuration: Configuration,
  { url, caFile }: TransitDocument,
  send: typeof fetch | undefined,
): Promise<{ readonly fetch?: typeof fetch }> {
  if (caFile === undefined) return send === undefined ? {} : { fetch: send };
  const member = [...AT, "caFile"];
  const authority = await readSettingFile(configuration, member, caFile);
  if (!url.startsWith("https://") || !authority.includes("-----BEGIN CERTIFICATE-----"))
    throw new ConfigurationInvalid([
      configuration.problem(member, `${member.join(".")}: must be certificates in PEM, for an https url`),
    ]);
  return { fetch: fetchTrusting(authority) };
}

/** The same refusal, with the place of the setting in front. */
function at(configuration: Configuration, member: string, error: unknown): Refusal {
  const refusal = Refusal.from(error, "internal");
  if (refusal instanceof ConfigurationInvalid) return refusal;
  const said = refusal.message.replace(/^\w+: /, "");
  const path = [...AT, member];
  const problem = new ConfigurationInvalid([configuration.problem(path, `${path.join(".")}: ${said}`)]);
  return refusal.reason === "ledger_unavailable"
    ? new Refusal("ledger_unavailable", { detail: problem.message.replace(/^\w+: /, "") })
    : problem;
}
