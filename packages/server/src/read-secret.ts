import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SealedCredential } from "@watchword/core";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { SecretReference } from "./document-parts.ts";
import type { ConfigurationSource } from "./load-configuration.ts";

/** Environment variables, as `process.env` gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the secret that a reference names; one line break at its end is the editor's and goes.
 *
 * @throws ConfigurationInvalid naming variable or file, and never their content
 */
export async function readSecret(
  configuration: ConfigurationSource,
  at: readonly PropertyKey[],
  reference: SecretReference,
  environment: Environment,
): Promise<SealedCredential> {
  const wrong = (message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([configuration.problem(at, `${at.map(String).join(".")}: ${message}`)]);
  if (reference.env !== undefined) {
    const value = environment[reference.env];
    if (value === undefined || value === "")
      throw wrong(`environment variable ${reference.env} is not set; set it to the secret`);
    return new SealedCredential(value);
  }
  const path = resolve(configuration.directory, reference.file ?? "");
  const text = await readFile(path, "utf8").catch(() => {
    throw wrong(`file ${path} cannot be read; write the secret into it`);
  });
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw wrong(`file ${path} is empty; write the secret into it`);
  return new SealedCredential(value);
}
