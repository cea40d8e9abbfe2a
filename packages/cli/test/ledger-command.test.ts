import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { loadConfiguration, openLedger, splitNotes, startServer } from "@watchword/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, place } from "../../server/test/place.ts";
import { runCommand } from "./run-command.ts";

let here: Place;
const path = (name: string): string => join(here.directory, name);
const KEY = "keys/checkpoint.public.jwk";

/** A server that ran once, with a sink outside of its store, refunded, and stopped; its ledger as it was exported. */
beforeAll(async () => {
  here = await place();
  const config = await here.configure({ more: "ledger: { sinks: [{ file: outside.notes }] }" });
  {
    await using server = await startServer(await loadConfiguration(config), {
      mode: "dev",
      log: (entry) => here.log.push(entry),
    });
    await here.refund({ url: server.brokerUrl });
  }
  const { out, code } = await runCommand("ledger", "export", "--config", config);
  expect(code).toBe(0);
  await writeFile(path("ledger.ndjson"), out);
}, 60_000);
afterAll(() => here[Symbol.asyncDispose]());

const verify = (file: string, ...more: string[]) =>
  runCommand("ledger", "verify", path(file), "--key", path(KEY), ...more);
const outside = ["--checkpoint", "outside.notes"] as const;
const withOutside = () => [outside[0], path(outside[1])];

/** The exported ledger with one line changed. */
async function changed(name: string, change: (lines: string[]) => string[]): Promise<string> {
  const lines = (await readFile(path("ledger.ndjson"), "utf8")).split("\n");
  await writeFile(path(name), change(lines).join("\n"));
  return name;
}

describe("watchword ledger verify", () => {
  test("says ok to what was exported, with the public key and the checkpoints outside alone", async () => {
    const { code, out, err } = await verify("ledger.ndjson", ...withOutside());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^ok {2}\d+ records in 1 chains, \d+ checkpoints, [1-9]\d* from outside; 0 records no checkpoint covers yet\n$/,
    );
    expect(JSON.parse((await verify("ledger.ndjson", "--json")).out)).toMatchObject({ ok: true, outside: 0 });
  });

  test("ends with 5 and names the first bad record", async () => {
    const file = await changed("bad.ndjson", (lines) =>
      lines.map((line) => line.replace('"outcome":"minted"', '"outcome":"not_minted"')),
    );
    const { code, out } = await verify(file);
    expect(code).toBe(5);
    expect(out).toMatch(/^BROKEN {2}rep_\w+ record \d+: its hash does not match its content\n$/);
    const json = JSON.parse((await verify(file, "--json")).out) as { ok: boolean; firstProblem: string };
    expect(json.ok).toBe(false);
    expect(out).toContain(json.firstProblem);
  });

  test("ends with 5 for a personal part that was exchanged, and with 0 once it is erased", async () => {
    const swap = await changed("swapped.ndjson", (lines) =>
      lines.map((line) => line.replaceAll('"subject":"dana"', '"subject":"erin"')),
    );
    expect((await verify(swap)).out).toMatch(/its personal part is not the one it committed to/);
    const erased = await changed("erased.ndjson", (lines) =>
      lines.map((line) => line.replace(/,"personal":\{.*\}\}$/, "}")),
    );
    expect(await readFile(path(erased), "utf8")).not.toContain("dana");
    expect((await verify(erased, ...withOutside())).code).toBe(0);
  });

  test("ends with 5 for what is cut off, torn or no export at all", async () => {
    const cut = await changed("cut.ndjson", (lines) => lines.slice(0, 4));
    expect(await verify(cut)).toMatchObject({ code: 5 });
    const torn = await changed("torn.ndjson", (lines) => lines.with(3, '{"record":{"replica":1}}'));
    expect((await verify(torn)).out).toBe("BROKEN  line 4 is no line of an exported ledger\n");
    const twice = await changed("twice.ndjson", (lines) =>
      lines.map((line) => line.replace('{"record":{', '{"record":{"kind":"x",')),
    );
    expect((await verify(twice)).code).toBe(5);
    expect((await verify(KEY)).code).toBe(5);
  });

  test("finds a tail that was cut off within the store only by what is outside", async () => {
    const database = new DatabaseSync(path("watchword.db"));
    const rows = database.prepare("SELECT max(sequence) AS last FROM ledger").get() as { last: number };
    const keep = rows.last - 1;
    database.exec(
      `BEGIN; CREATE TABLE kept AS SELECT * FROM ledger; CREATE TABLE kept_head AS SELECT * FROM ledger_head; CREATE TABLE kept_point AS SELECT * FROM checkpoint;
       DELETE FROM ledger WHERE sequence > ${keep}; DELETE FROM checkpoint;
       UPDATE ledger_head SET sequence = ${keep}, hash = (SELECT hash FROM ledger WHERE sequence = ${keep}); COMMIT`,
    );
    const { out } = await runCommand("ledger", "export", "--store", path("watchword.db"));
    database.exec(
      "BEGIN; DELETE FROM ledger; DELETE FROM ledger_head; INSERT INTO ledger SELECT * FROM kept; INSERT INTO ledger_head SELECT * FROM kept_head; INSERT INTO checkpoint SELECT * FROM kept_point; COMMIT",
    );
    database.close();
    await writeFile(path("short.ndjson"), out);
    expect((await verify("short.ndjson")).code).toBe(0);
    const found = await verify("short.ndjson", ...withOutside());
    expect(found.code).toBe(5);
    expect(found.out).toMatch(
      new RegExp(`records after ${keep} are missing: a checkpoint was signed at ${rows.last}`),
    );
  });

  test("ends with 3 for a file that is no public key, which is not quoted, and for one without checkpoints", async () => {
    const { code, err } = await runCommand(
      "ledger",
      "verify",
      path("ledger.ndjson"),
      "--key",
      path("keys/checkpoint.jwk"),
    );
    expect(code).toBe(3);
    expect(err).toContain("without private parts");
    const { d } = JSON.parse(await readFile(path("keys/checkpoint.jwk"), "utf8")) as { d: string };
    expect(err).not.toContain(d);
    expect((await verify("ledger.ndjson", "--checkpoint", path(KEY))).code).toBe(3);
    expect((await runCommand("ledger", "verify", path("ledger.ndjson"))).code).toBe(2);
    expect((await verify("missing.ndjson")).code).toBe(4);
  });
});

describe("watchword ledger proof", () => {
  const decision = (): string => {
    using ledger = openLedger(path("watchword.db"));
    const last = ledger.lastDecision()?.record.decisionId;
    return last ?? "";
  };
  const proof = (...more: string[]) =>
    runCommand("ledger", "proof", decision(), "--store", path("watchword.db"), ...more);

  test("proves one decision to whoever has the public key, and nothing of the other records", async () => {
    const { code, out } = await proof();
    expect(code).toBe(0);
    const { record, proof: text } = JSON.parse(out) as { record: { decisionId: string }; proof: string };
    expect(record.decisionId).toBe(decision());
    expect(text).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex \d+\n/);
    await writeFile(path("proof.json"), out);
    const verdict = await verify("proof.json");
    expect(verdict).toMatchObject({ code: 0 });
    expect(verdict.out).toMatch(/^ok {2}rep_\w+ record \d+ is in the signed ledger\n$/);
    expect((await verify("proof.json", ...withOutside())).code).toBe(0);
  });

  test("proves it for a checkpoint that is kept outside", async () => {
    const { code, out } = await proof(...withOutside());
    expect(code).toBe(0);
    const last = splitNotes(await readFile(path("outside.notes"), "utf8")).at(-1) ?? "";
    expect((JSON.parse(out) as { proof: string }).proof.endsWith(last)).toBe(true);
  });

  test("of a changed record, another place or another tree is none", async () => {
    const { out } = await proof();
    const changes: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
      ["record", '"outcome": "allow"', '"outcome": "deny"', /hash does not match its content/],
      ["place", /index \d+/, "index 0", /about another record/],
      ["tree", /(index \d+\\n)[A-Za-z0-9+/]{4}/, "$1AAAA", /not in the tree that was signed/],
      ["size", /(ledger\/rep_\w+\\n)\d+/, "$19999", /its signature does not verify/],
    ];
    for (const [name, from, to, problem] of changes) {
      await writeFile(path("forged.json"), out.replace(from, to));
      const verdict = await verify("forged.json");
      expect(verdict.code, name).toBe(5);
      expect(verdict.out, name).toMatch(problem);
    }
    await writeFile(
      path("empty.notes"),
      "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 o AAAAAAAA\n",
    );
    await writeFile(path("proof.json"), out);
    expect((await verify("proof.json", "--checkpoint", path("empty.notes"))).out).toMatch(/kept outside/);
  });

  test("ends with 1 for a decision that is not there", async () => {
    expect(await runCommand("ledger", "proof", "dec_none", "--store", path("watchword.db"))).toMatchObject({
      code: 1,
      out: "",
    });
  });
});
