import { loadConfiguration, startServer } from "@watchword/server";
import { expect, test } from "vitest";
import { CANARY, place } from "../../server/test/place.ts";
import { runCommand } from "./run-command.ts";

test("an operator asks a running broker's store about a refund, up to its id downstream, and finds no key there", async () => {
  await using here = await place();
  const config = await here.configure();
  await using server = await startServer(await loadConfiguration(config), {
    mode: "dev",
    log: () => undefined,
  });
  expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
  const { code, out, err } = await runCommand("explain", "last", "--config", config);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^ALLOW {2}dec_[0-9a-f]{32} {2}\S+\n {2}who {5}support@3 · /);
  expect(out).toContain("  what    refund → payments/refunds.create · amount 10.00 USD · charge ch_1\n");
  expect(out).toMatch(/ {2}grant {3}refund \(\S+\/policy\/support\.yaml:8\)\n/);
  expect(out).toMatch(/ {2}then {4}\S+ use_outcome .*effect done .*re_/);
  expect(out).not.toContain("to allow this you would need");
  expect(out).not.toContain(CANARY);
});
