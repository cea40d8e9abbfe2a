import { readFile } from "node:fs/promises";
import { type GoogleOptions, google } from "@watchword/adapter-google";
import { type AdapterContext, SealedCredential, systemClock } from "@watchword/core";
import { expect, test } from "vitest";
import { authorityOf } from "./google-fixture.ts";

/** What `LIVE_GOOGLE` names: a file of this shape, about a sandbox. */
interface LiveSandbox {
  readonly options: GoogleOptions;
  readonly account: string;
  readonly serviceAccount: string;
  /** A file with a token of the trusted issuer, for the provider. */
  readonly assertion: string;
  /** Two objects that are there. */
  readonly names: readonly [string, string];
}

const path = process.env["LIVE_GOOGLE"];
if (path === undefined)
  console.error("Google Cloud is not asked: LIVE_GOOGLE=<file> names a sandbox, see the README");

test.runIf(path !== undefined)(
  "with LIVE_GOOGLE: a token that was cut down reads its object, and no other",
  async () => {
    const sandbox = JSON.parse(await readFile(path ?? "", "utf8")) as LiveSandbox;
    const adapter = google(sandbox.options);
    const assertion = new SealedCredential((await readFile(sandbox.assertion, "utf8")).trim());
    const context: AdapterContext = {
      connection: {
        tenant: "live",
        system: "files",
        account: sandbox.account,
        settings: { serviceAccount: sandbox.serviceAccount },
        secret: new SealedCredential("there is none"),
      },
      fetch: (...given) => fetch(...given),
      clock: systemClock,
      signal: AbortSignal.timeout(30_000),
      federationToken: async () => assertion,
    };
    const findings = await adapter.selfCheck(context);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const [name, other] = sandbox.names;
    const authority = authorityOf(adapter, context.connection, "storage.objects.get", { name });
    const { credential } = await adapter.mint(authority, context);
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const statusOf = async (about: typeof authority): Promise<number> => {
      const stamp = { decisionId: "dec_live", idempotencyKey: "live" };
      const { url, method, headers } = adapter.inject(adapter.enforce(about, blank, stamp), credential);
      return (await fetch(url, { method, headers, redirect: "manual" })).status;
    };
    expect(await statusOf(authority)).toBe(200);
    expect(
      await statusOf(authorityOf(adapter, context.connection, "storage.objects.get", { name: other })),
    ).toBe(403);
  },
);
