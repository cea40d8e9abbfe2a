import { readFile } from "node:fs/promises";
import { Refusal, SealedCredential } from "@watchword/core";
import type { Command } from "commander";

/**
 * A URL with a password, from an environment variable or a file: what is on a command line, everybody on the machine can read.
 * Nothing of it is in an error.
 *
 * @throws Refusal `configuration_invalid` naming the file that cannot be read or is empty
 */
export async function secretFrom(
  command: Command,
  { env, file }: { readonly env?: string | undefined; readonly file?: string | undefined },
): Promise<SealedCredential> {
  if (file !== undefined) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.trim() === "")
      throw new Refusal("configuration_invalid", {
        detail: `file ${file} cannot be read or is empty; write the URL into it`,
      });
    return new SealedCredential(text.replace(/\r?\n$/, ""));
  }
  const value = env === undefined ? undefined : process.env[env];
  if (value === undefined || value === "")
    return command.error(
      `error: set ${env ?? "the variable"} to postgresql://role:password@host:port/database`,
    );
  return new SealedCredential(value);
}
