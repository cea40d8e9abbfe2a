import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Server, loadConfiguration, startServer } from "@watchword/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Place, effects, place } from "../../server/test/place.ts";
import { runCommand } from "./run-command.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

/** The runbook's command for a restored SQLite store, about a file at another place and a backup of now. */
async function runbookCommand(file: string): Promise<string[]> {
  const runbook = await readFile(new URL("../../../docs/runbook.md", import.meta.url), "utf8");
  const command = /```sh\n\s*watchword (store restored --store .*?)\n\s*```/s.exec(runbook)?.[1];
  if (command === undefined) throw new Error("the runbook has no such command");
  const told = new Map([
    ["watchword.db", file],
    ["2026-01-31T03:00:00Z", new Date().toISOString()],
  ]);
  return command.split(/\s+/).map((word) => told.get(word) ?? word);
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
  const command = await runbookCommand(file);
  let server = await start();
  try {
    const way = {
      broker: join(here.directory, "broker.sock"),
      gateway: join(here.directory, "gateway.sock"),
    };
    const [first, second] = await here.refundTwice(way, async () => {
      if (byTheBook) expect(await runCommand(...command)).toMatchObject({ code: 3 });
      await server[Symbol.asyncDispose]();
      await copyFile(file, backup);
      await copyFile(backup, file);
      if (byTheBook) expect(await runCommand(...command)).toMatchObject({ code: 0, err: "" });
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

test("watchword store restored wants one store and the time of its backup, with its zone", async () => {
  const command = (...words: string[]) => runCommand("store", "restored", ...words);
  for (const words of [
    [],
    ["--store", "a.db"],
    ["--backup-taken-at", "2026-01-31T03:00:00Z"],
    ["--store", "a.db", "--url-env", "A", "--backup-taken-at", "2026-01-31T03:00:00Z"],
    ["--store", "a.db", "--backup-taken-at", "2026-01-31"],
    ["--store", "a.db", "--backup-taken-at", "2026-01-31T03:00:00"],
    ["--store", "a.db", "--backup-taken-at", "2026-13-31T03:00:00Z"],
    ["--store", "a.db", "--backup-taken-at", "yesterday"],
  ])
    expect((await command(...words)).code, words.join(" ")).toBe(2);
  const missing = join(here.directory, "missing.db");
  expect((await command("--store", missing, "--backup-taken-at", "2026-01-31T03:00:00Z")).code).toBe(4);
  expect((await command("--store", missing, "--accept-forgotten-spends")).code).toBe(4);
});
