import {
  type EnvelopeKey,
  type PublicJwk,
  envelopeKeyOf,
  parseStrictJson,
  publicJwkOf,
} from "@watchword/core";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { ConfigurationSource } from "./load-configuration.ts";
import { readSettingFile } from "./read-setting-file.ts";

/**
 * The private key of a gateway, that credentials arrive encrypted to.
 *
 * @throws ConfigurationInvalid naming setting, line and file, and never what is in it
 */
export function readGatewayKey(
  configuration: ConfigurationSource,
  at: readonly string[],
  file: string,
): Promise<EnvelopeKey> {
  return read(configuration, at, file, { secret: true }, envelopeKeyOf);
}

/**
 * The public key of the gateways of a broker. Its host has none that opens an envelope: a private one is refused.
 *
 * @throws ConfigurationInvalid naming setting, line and file
 */
export function readGatewayPublicKey(
  configuration: ConfigurationSource,
  at: readonly string[],
  file: string,
): Promise<PublicJwk> {
  return read(configuration, at, file, { secret: false }, publicJwkOf);
}

async function read<Key>(
  configuration: ConfigurationSource,
  at: readonly string[],
  file: string,
  options: { readonly secret: boolean },
  parse: (jwk: Readonly<Record<string, unknown>>) => Key | Promise<Key>,
): Promise<Key> {
  const text = await readSettingFile(configuration, at, file, options);
  try {
    const jwk = parseStrictJson(text);
    if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw new TypeError("not a key");
    return await parse(jwk);
  } catch {
    // The cause may quote the file.
    const what = options.secret
      ? "is no private key of a gateway; make one by watchword gateway keys"
      : "is no public key of a gateway: the gateway.public.jwk that watchword gateway keys made";
    throw new ConfigurationInvalid([configuration.problem(at, `${at.join(".")}: ${file} ${what}`)]);
  }
}
