import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { runCommand } from "./run-command.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the server that `packages/broker/test/postgres-server.ts` starts. */
    postgresPort: number;
  }
}

afterEach(() => void vi.unstubAllEnvs());

describe("watchword migrate", () => {
  test("prepares a database once, and says so; the owner's password is in no output", async () => {
    vi.stubEnv(
      "WATCHWORD_OWNER_URL",
      `postgresql://owner:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/of_cli`,
    );
    expect(await runCommand("migrate", "--role", "store")).toMatchObject({ code: 0, err: "" });
    const again = await runCommand("migrate", "--role", "store");
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("nothing to do") as string });
    const refused = await runCommand("migrate", "--role", "owner");
    expect(refused.code).toBe(3);
    expect(refused.err).toContain("must not be");
    expect(JSON.stringify([again, refused])).not.toContain("of-these-tests-only");
  });

  test("says which variable is missing", async () => {
    const missing = await runCommand("migrate", "--role", "store", "--url-env", "NOT_SET_ANYWHERE");
    expect(missing.code).toBe(2);
    expect(missing.err).toContain("set NOT_SET_ANYWHERE to postgresql://");
  });
});
