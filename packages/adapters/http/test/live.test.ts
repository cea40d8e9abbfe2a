import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpOptions, http } from "@watchword/adapter-http";
import { describeLive, proveLive } from "@watchword/conformance";
import { expect, test } from "vitest";
import { headerFixture } from "./http-fixture.ts";

describeLive("LIVE_HTTP", process.env["LIVE_HTTP"], (options) => http(options as HttpOptions));

test("what asks a real system asks a twin as well, and finds a connection that does not work", async () => {
  await using fixture = await headerFixture();
  const directory = await mkdtemp(join(tmpdir(), "watchword-live-"));
  try {
    const secret = join(directory, "secret");
    const prove = async (connection: typeof fixture.own) => {
      await connection.secret.open((text) => writeFile(secret, `${text}\n`));
      const read = { operation: "orders.retrieve", arguments: { order: "ord_example" } };
      return proveLive(fixture.adapter, { account: connection.account, secret, read });
    };
    expect(await prove(fixture.own)).toMatchObject({
      covered: true,
      status: 200,
      ended: "injected_only",
      statusAfter: 200,
    });
    await expect(prove(fixture.unauthenticated)).rejects.toThrow(/downstream_refused/);
    const effects = fixture.twin.requests.filter(({ kind }) => kind !== "resolve");
    expect(effects).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
