import { existsSync } from "node:fs";

/** Where a configuration is looked for when none is named. */
const CONFIGURATIONS = ["watchword.config.yaml", "watchword.config.ts"];

/** The configuration in the current directory; `undefined` when there is none. */
export function findConfiguration(): string | undefined {
  return CONFIGURATIONS.find((name) => existsSync(name));
}
