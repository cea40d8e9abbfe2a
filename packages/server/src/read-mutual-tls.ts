import { resolve } from "node:path";
import { type SecureContextOptions, createSecureContext } from "node:tls";
import type { MutualTls } from "@watchword/gateway";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { ConfigurationSource } from "./load-configuration.ts";
import { readSettingFile } from "./read-setting-file.ts";

/** Files in PEM, by the names that a configuration gives them. */
interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Of the authority of the other side's certificates; `name` is what the setting is called. */
  readonly authority: { readonly name: "clientCa" | "serverCa"; readonly file: string };
}

/**
 * Reads what a side of mutual TLS needs, and sees whether it fits together. It is read at start: a renewed certificate
 * comes in with the next one.
 *
 * @throws ConfigurationInvalid naming the setting and its line, and never what is in a file
 */
export async function readMutualTls(
  configuration: ConfigurationSource,
  at: readonly string[],
  { certificate, key, authority }: TlsFiles,
): Promise<MutualTls> {
  const wrong = (member: string, message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([
      configuration.problem([...at, member], `${[...at, member].join(".")}: ${message}`),
    ]);
  const read = (member: string, file: string, secret = false): Promise<string> =>
    readSettingFile(configuration, [...at, member], file, { secret });
  const tls = {
    certificate: await read("certificate", certificate),
    privateKey: await read("key", key, true),
    authority: await read(authority.name, authority.file),
  };
  const path = (file: string): string => resolve(configuration.directory, file);
  if (!isCertificate(tls.authority))
    throw wrong(authority.name, `${path(authority.file)} is no certificate in PEM`);
  if (!isCertificate(tls.certificate)) throw wrong("certificate", `${path(certificate)} is none in PEM`);
  if (!takes({ cert: tls.certificate, key: tls.privateKey }))
    throw wrong("key", `${path(key)} is not the private key, in PEM, of the certificate`);
  return tls;
}

/** A text without any certificate is taken as an authority that signed nothing: nobody would know why nobody gets in. */
function isCertificate(text: string): boolean {
  return text.includes("-----BEGIN CERTIFICATE-----") && takes({ ca: text });
}

/** What went wrong stays here: it may quote the files. */
function takes(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}
