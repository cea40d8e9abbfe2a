import { readFile } from "node:fs/promises";
import type { Adapter } from "@watchword/core";
import { expect, test } from "vitest";
import { type LiveSandbox, proveLive } from "./prove-live.ts";

/**
 * One test against a real system, where its variable (`LIVE_GITHUB`) names a file: `{ options, … }`, the adapter's options and a
 * {@link LiveSandbox}. Without it the test says why it is not run.
 *
 * @param file what the variable holds
 *
 * @example
 * ```ts
 * describeLive("LIVE_GITHUB", process.env["LIVE_GITHUB"], (options) => github(options as GithubOptions));
 * ```
 */
export function describeLive(
  variable: string,
  file: string | undefined,
  make: (options: object) => Adapter,
): void {
  if (file === undefined)
    console.error(`no real system is asked: ${variable}=<file> names a sandbox, see the README`);
  test.runIf(file !== undefined)(
    `with ${variable}: a sandbox accepts the connection, gives no more than was asked, and reads`,
    { timeout: 60_000 },
    async () => {
      const { options, ...sandbox } = JSON.parse(await readFile(file ?? "", "utf8")) as LiveSandbox & {
        readonly options: object;
      };
      const proof = await proveLive(make(options), sandbox);
      expect(proof.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(proof).toMatchObject({ covered: true, status: 200 });
      expect(proof.ended).not.toBe("unknown");
      console.error(
        `${variable}: ended: ${proof.ended}; the same request after that: HTTP ${proof.statusAfter}`,
      );
    },
  );
}
