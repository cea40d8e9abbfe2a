import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { stripeTwin } from "@watchword/emulators/stripe";
import { loadConfiguration, startServer } from "@watchword/server";
import { afterEach, expect, test } from "vitest";

const KEY = "rk_test_getting_started";
let directory: string;

afterEach(() => rm(directory, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes the page's files as they are, but for the twin's address and ports that nobody else has. */
async function writeFiles(twinUrl: string): Promise<void> {
  const page = await readFile(new URL("../../../docs/getting-started.md", import.meta.url), "utf8");
  const [broker, gateway] = [await freePort(), await freePort()];
  for (const [, name = "", text = ""] of page.matchAll(/^\*\*`([^`]+)`\*\*[^]*?^```\w+\n([^]*?)^```/gm)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    const ported = text.replaceAll("8080", String(broker)).replaceAll("8081", String(gateway));
    const stripe = `{ adapter: stripe, baseUrl: "${twinUrl}" }`;
    await writeFile(path, name.includes("config") ? ported.replace("{ adapter: stripe }", stripe) : ported);
  }
}

test("the files of “Getting started” refund the tenant's own charge, and no other", async () => {
  await using twin = await stripeTwin({
    accounts: {
      acct_1: { charges: { ch_1: { amount: 4200, currency: "usd" } } },
      acct_2: { charges: { ch_of_somebody_else: { amount: 100, currency: "usd" } } },
    },
    keys: [{ secret: KEY, permissions: { charges: "read", refunds: "write" } }],
  });
  // Below the demo, so that the page's imports find the packages.
  const state = join(import.meta.dirname, "../.watchword");
  await mkdir(state, { recursive: true });
  directory = await mkdtemp(join(state, "getting-started-"));
  await writeFiles(twin.url);
  await using server = await startServer(await loadConfiguration(join(directory, "watchword.config.yaml")), {
    mode: "dev",
    env: { STRIPE_KEY: KEY },
    log: () => undefined,
  });
  const agent = await promisify(execFile)(process.execPath, [...process.execArgv, "src/agent.ts"], {
    cwd: directory,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  expect(server.environment).toBe("development");
  expect(agent.stdout).toMatch(/refund: 're_\w+', amount: 4200/);
  expect(agent.stdout).toMatch(/error: 'access_denied',\s+reason: 'tenant_mismatch'/);
  expect(agent.stdout).not.toContain(KEY);
  expect(twin.requests.filter(({ kind }) => kind === "effect")).toHaveLength(1);
  expect(twin.charge("acct_1", "ch_1")?.amount_refunded).toBe(4200);
  expect(twin.charge("acct_2", "ch_of_somebody_else")?.amount_refunded).toBe(0);
});
