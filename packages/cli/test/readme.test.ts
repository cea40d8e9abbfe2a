import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { effects, place } from "../../server/test/place.ts";
import { runProgram } from "../src/index.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the README's commands run as they stand there, one after the other", async () => {
  await using here = await place();
  await here.configure();
  const before = process.cwd();
  process.chdir(here.directory);
  try {
    for (const line of /```sh\n(.*?)```/s.exec(readme)?.[1]?.trim().split("\n") ?? []) {
      const [command, ...words] = line.split(" ");
      expect(command).toBe("watchword");
      const interrupt = new AbortController();
      const ready = Promise.withResolvers<string>();
      let out = "";
      let err = "";
      const ended = runProgram(words, {
        out: (text) => ready.resolve((out += text)),
        err: (text) => void (err += text),
        signal: interrupt.signal,
      });
      if (words[0] === "dev") {
        const url = /^broker {3}(.*)$/m.exec(await ready.promise)?.[1] ?? "";
        expect(await here.refund({ url })).toEqual({ status: 200 });
        interrupt.abort();
      }
      expect([line, await ended, err.includes("watchword: ")]).toEqual([line, 0, false]);
      if (words[0] === "explain") expect(out).toContain("refunds.create");
    }
  } finally {
    process.chdir(before);
  }
  expect(effects(here)).toBe(1);
});

test("the README lists every command", async () => {
  let help = "";
  await runProgram(["--help"], {
    out: (text) => void (help += text),
    err: () => undefined,
    signal: new AbortController().signal,
  });
  const commands = [...help.matchAll(/^ {2}([a-z]+) .*$/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  expect(commands.length).toBeGreaterThan(4);
  for (const name of commands) expect(readme).toMatch(new RegExp(`^\\| \`${name}[ \`]`, "m"));
});
