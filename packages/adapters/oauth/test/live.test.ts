import { readFile } from "node:fs/promises";
import { type OauthOptions, oauth } from "@watchword/adapter-oauth";
import { SealedCredential, findOperation, newAction, parseArguments, systemClock } from "@watchword/core";
import { expect, test } from "vitest";

/** What `LIVE_OAUTH` names: a file of this shape, about a sandbox. `secret` is a file beside nothing else. */
interface LiveSandbox {
  readonly options: OauthOptions;
  readonly account: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly secret: string;
  /** One read of an object that is the account's. */
  readonly read: { readonly operation: string; readonly arguments: Readonly<Record<string, string>> };
}

const path = process.env["LIVE_OAUTH"];
if (path === undefined)
  console.error("no authorization server is asked: LIVE_OAUTH=<file> names a sandbox, see the README");

test.runIf(path !== undefined)(
  "with LIVE_OAUTH: a sandbox gives what was asked for, reads, and ends the token",
  async () => {
    const sandbox = JSON.parse(await readFile(path ?? "", "utf8")) as LiveSandbox;
    const adapter = oauth(sandbox.options);
    const context = {
      connection: {
        tenant: "live",
        system: "live",
        account: sandbox.account,
        settings: sandbox.settings ?? {},
        secret: new SealedCredential((await readFile(sandbox.secret, "utf8")).trim()),
      },
      fetch: (...given: Parameters<typeof fetch>) => fetch(...given),
      clock: systemClock,
      signal: AbortSignal.timeout(30_000),
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
    expect(Object.values(facts.owners).every((owner) => owner === "tenant")).toBe(true);
    const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, sandbox.account) });
    const minted = await adapter.mint(authority, context);
    expect(adapter.covers(authority, minted.granted)).toBe(true);
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const stamp = { decisionId: "dec_live", idempotencyKey: "live" };
    const ask = async () => {
      const { url, method, headers } = adapter.inject(
        adapter.enforce(authority, blank, stamp),
        minted.credential,
      );
      return (await fetch(url, { method, headers, redirect: "manual" })).status;
    };
    expect(await ask()).toBe(200);
    const ended = await adapter.revoke(minted.credential, context);
    expect(["revoked", "unsupported", "injected_only"]).toContain(ended);
    // Servers whose APIs check tokens by themselves may go on until its end: the README's residual says so.
    if (ended === "revoked") console.error(`after its revocation the API answers ${await ask()}`);
  },
);
