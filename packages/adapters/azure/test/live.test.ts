import { readFile } from "node:fs/promises";
import { type AzureOptions, azure } from "@watchword/adapter-azure";
import {
  type AdapterContext,
  SealedCredential,
  findOperation,
  newAction,
  parseArguments,
  systemClock,
} from "@watchword/core";
import { expect, test } from "vitest";

/** What `LIVE_AZURE` names: a file of this shape, about a sandbox. */
interface LiveSandbox {
  readonly options: AzureOptions;
  readonly account: string;
  readonly settings?: AdapterContext["connection"]["settings"];
  /** A file with a token of the trusted issuer, for `api://AzureADTokenExchange`. */
  readonly assertion: string;
  /** One read of an object that is the account's. */
  readonly read: { readonly operation: string; readonly arguments: Readonly<Record<string, string>> };
}

const path = process.env["LIVE_AZURE"];
if (path === undefined)
  console.error("Entra ID is not asked: LIVE_AZURE=<file> names a sandbox, see the README");

test.runIf(path !== undefined)(
  "with LIVE_AZURE: each app gives exactly its roles, and a reader's token reads",
  async () => {
    const sandbox = JSON.parse(await readFile(path ?? "", "utf8")) as LiveSandbox;
    const adapter = azure(sandbox.options);
    const assertion = new SealedCredential((await readFile(sandbox.assertion, "utf8")).trim());
    const context: AdapterContext = {
      connection: {
        tenant: "live",
        system: "live",
        account: sandbox.account,
        settings: sandbox.settings ?? {},
        secret: new SealedCredential("there is none"),
      },
      fetch: (...given) => fetch(...given),
      clock: systemClock,
      signal: AbortSignal.timeout(30_000),
      federationToken: async () => assertion,
    };
    const findings = await adapter.selfCheck(context);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const entry = findOperation(adapter.catalogue, sandbox.read.operation);
    if (entry?.access !== "read") throw new TypeError("read.operation must be a declared read");
    const action = newAction({
      system: "live",
      operation: entry.name,
      resource: {},
      arguments: parseArguments(entry, sandbox.read.arguments),
    });
    const facts = await adapter.resolve(action, context);
    const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, sandbox.account) });
    const minted = await adapter.mint(authority, context);
    expect(adapter.covers(authority, minted.granted)).toBe(true);
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const { url, method, headers } = adapter.inject(
      adapter.enforce(authority, blank, { decisionId: "dec_live", idempotencyKey: "live" }),
      minted.credential,
    );
    expect((await fetch(url, { method, headers, redirect: "manual" })).status).toBe(200);
  },
);
