import { spawnSync } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Server, loadConfiguration, startServer } from "../src/index.ts";
import { type Place, effects, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

/** The runbook's command for a restored SQLite store. */
async function runbookCommand(): Promise<string> {
  const runbook = await readFile(new URL("../../../docs/runbook.md", import.meta.url), "utf8");
  const command = /```sh\n\s*(node --eval .*?)\n\s*```/s.exec(runbook)?.[1];
  if (command === undefined) throw new Error("the runbook has no such command");
  return command;
}

test.for([
  ["by the runbook voids every run from before", true],
  ["without its command would let them go on", false],
] as const)("a restore %s", async ([, byTheBook]) => {
  const path = await here.configure({
    broker: "broker: { listen: { socket: broker.sock } }",
    gateway: "gateway: { listen: { socket: gateway.sock } }",
  });
  const start = async (): Promise<Server> =>
    startServer(await loadConfiguration(path), { mode: "dev", log: () => undefined });
  const [file, backup] = [join(here.directory, "watchword.db"), join(here.directory, "backup.db")];
  const command = await runbookCommand();
  let server = await start();
  try {
    const way = {
      broker: join(here.directory, "broker.sock"),
      gateway: join(here.directory, "gateway.sock"),
    };
    const [first, second] = await here.refundTwice(way, async () => {
      await server[Symbol.asyncDispose]();
      await copyFile(file, backup);
      await copyFile(backup, file);
      if (byTheBook) {
        const { status, stderr } = spawnSync("sh", ["-c", command], {
          cwd: here.directory,
          encoding: "utf8",
          env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` },
        });
        expect(`${status} ${stderr}`).toBe("0 ");
      }
      server = await start();
    });
    expect(first).toEqual({ status: 200 });
    if (byTheBook) expect(second).toMatchObject({ reason: "run_ended" });
    else expect(second).toEqual({ status: 200 });
    expect(effects(here)).toBe(byTheBook ? 1 : 2);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
