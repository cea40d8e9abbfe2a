import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { ConfigurationSource } from "./load-configuration.ts";

/**
 * Reads the file that a setting names; a `secret` one must not be everybody's to read. The group may: it is how a
 * mounted Secret reaches a process that is not root.
 *
 * @throws ConfigurationInvalid naming setting, line and file, and never what is in it
 */
export async function readSettingFile(
  configuration: ConfigurationSource,
  at: readonly string[],
  file: string,
  { secret = false }: { readonly secret?: boolean } = {},
): Promise<string> {
  const path = resolve(configuration.directory, file);
  const wrong = (message: string): ConfigurationInvalid =>
    new ConfigurationInvalid([configuration.problem(at, `${at.join(".")}: ${path} ${message}`)]);
  try {
    await using opened = await open(path, "r");
    if (secret && process.platform !== "win32" && ((await opened.stat()).mode & 0o007) !== 0)
      throw wrong("can be read by anybody; chmod 600 it, and replace it if somebody may have");
    return await opened.readFile("utf8");
  } catch (error) {
    throw error instanceof ConfigurationInvalid ? error : wrong("cannot be read");
  }
}
