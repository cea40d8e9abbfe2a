import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CANARY, type Place, effects, place } from "../../server/test/place.ts";
import { runProgram } from "../src/index.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** `watchword` as a process of its own. */
function watchword(
  ...words: string[]
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  return spawn(process.execPath, ["--conditions=@watchword/source", MAIN, ...words], {
    cwd: here.directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a command in this process until it ends by itself. */
async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runProgram(words, {
    out: (said) => void (out += said),
    err: (said) => void (err += said),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

describe("watchword dev", () => {
  test.for(["SIGTERM", "SIGINT"] as const)(
    "says when it is ready, serves an agent, and on %s answers, drains and ends with 0",
    async (signal) => {
      await here.configure();
      const child = watchword("dev", "--json");
      const errors = text(child.stderr);
      const said: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line);
        const ready = JSON.parse(line) as { event: string; environment: string; broker: string };
        expect(ready).toMatchObject({ event: "ready", environment: "development" });
        expect(await here.refund({ url: ready.broker })).toEqual({ status: 200 });
        child.kill(signal);
      }
      if (child.exitCode === null) await once(child, "exit");
      expect([child.exitCode, child.signalCode]).toEqual([0, null]);
      expect(said).toHaveLength(1);
      expect(effects(here)).toBe(1);
      const log = (await errors).trim().split("\n");
      expect(log.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
        "connection_put",
        "tenant_registered",
        "ready",
        "exchange",
        "exchange",
        "run_ended",
        "draining",
        "stopped",
      ]);
      expect([...said, ...log].join("\n")).not.toContain(CANARY);
    },
  );

  test("without --json, says in words where it is, and that it is for development", async () => {
    await here.configure();
    const child = watchword("dev");
    let out = "";
    for await (const line of createInterface({ input: child.stdout })) {
      out += `${line}\n`;
      if (line.startsWith("Ctrl-C")) child.kill("SIGTERM");
    }
    expect(out).toMatch(
      /^DEVELOPMENT: .*\nbroker {3}http:\/\/127\.0\.0\.1:\d+\ngateway {2}http:\/\/127\.0\.0\.1:\d+\npolicy /,
    );
  });

  test("that is told to stop while it starts, stops", async () => {
    let out = "";
    const code = await runProgram(["dev", "--config", await here.configure(), "--json"], {
      out: (said) => void (out += said),
      err: () => undefined,
      signal: AbortSignal.abort(),
    });
    expect([code, out.split("\n").length]).toEqual([0, 2]);
  });
});

describe("watchword serve", () => {
  test("refuses development settings with 3, names each with its line, and shows no stack", async () => {
    const path = await here.configure({ environment: "environment: development" });
    const { code, out, err } = await run("serve", "--config", path);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(
      /^watchword: development_setting: .*watchword\.config\.yaml:3:1 {2}environment: is development/,
    );
    expect(err).toMatch(/verifiers\.0: is for development/);
    expect(err).not.toMatch(/\n {4}at |\.ts:\d+:\d+/);
  });
});

describe("a command line that cannot be meant", () => {
  test.for([
    ["another command", ["server"]],
    ["another option", ["dev", "--port", "1"]],
    ["too much", ["dev", "there"]],
    ["no configuration anywhere", ["dev"]],
    ["nothing", []],
  ] as const)("%s ends with 2 and says what is", async ([, words]) => {
    const { code, out, err } = await run(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
  });

  test("a configuration that is not there ends with 3", async () => {
    expect(await run("dev", "--config", "/absent/watchword.config.yaml")).toMatchObject({
      code: 3,
      err: expect.stringContaining("cannot be read; is --config right?") as string,
    });
  });

  test("a policy that does not load ends with 3, with its file and line", async () => {
    await here.write("policy/support.yaml", "watchword: 1\ngrant: []\n");
    const { code, err } = await run("dev", "--config", await here.configure());
    expect(code).toBe(3);
    expect(err).toMatch(/policy\/support\.yaml:2:1 {2}policy: unknown key grant/);
  });

  test("help ends with 0", async () => {
    expect(await run("--help")).toMatchObject({ code: 0, out: expect.stringContaining("serve") as string });
  });
});
