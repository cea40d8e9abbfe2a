import { generateSigner } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { fetchedKeys } from "../src/fetched-keys.ts";

const URL_OF_KEYS = "https://login.test.example/jwks";

/** A key set's address under the test's control. */
async function issuer() {
  const key = async (kid: string): Promise<object> => ({
    ...(await generateSigner(kid)).publicJwk,
    kid,
    alg: "ES256",
  });
  const state = {
    keys: [await key("a")],
    now: 0,
    fetched: 0,
    failures: 0,
    answer: undefined as Response | undefined,
  };
  const options = {
    url: URL_OF_KEYS,
    clock: { now: () => state.now },
    onFailure: () => void state.failures++,
    fetch: (async (url: string, init: RequestInit) => {
      expect([url, init.redirect]).toEqual([URL_OF_KEYS, "error"]);
      state.fetched++;
      return state.answer?.clone() ?? Response.json({ keys: state.keys });
    }) as typeof fetch,
  };
  return { state, key, options };
}

describe("an issuer's keys from their URL", () => {
  test("are fetched at start, and again when a token names a new one", async () => {
    const { state, key, options } = await issuer();
    const keys = await fetchedKeys(options);
    expect((await keys.find("a"))?.keyId).toBe("a");
    state.keys = [await key("b")];
    state.now = 60_000;
    expect((await keys.find("b"))?.keyId).toBe("b");
    expect(await keys.find("a")).toBeUndefined();
    expect(state.fetched).toBe(2);
  });

  test("are fetched at most once a minute, however many unknown keys tokens name", async () => {
    const { state, options } = await issuer();
    const keys = await fetchedKeys(options);
    state.now = 61_000;
    for (let index = 0; index < 100; index++) expect(await keys.find(`unknown-${index}`)).toBeUndefined();
    expect(state.fetched).toBe(2);
  });

  test("stay in force while their address fails, and the operator is told", async () => {
    const { state, options } = await issuer();
    const keys = await fetchedKeys(options);
    state.now = 61_000;
    state.answer = new Response("down", { status: 502 });
    expect(await keys.find("b")).toBeUndefined();
    expect((await keys.find("a"))?.keyId).toBe("a");
    expect(state.failures).toBe(1);
  });

  test.for<{ name: string; answer: Response }>([
    { name: "an error", answer: new Response("", { status: 500 }) },
    { name: "a page", answer: new Response("<html>") },
    { name: "no keys", answer: Response.json({ keys: [] }) },
    { name: "a list", answer: Response.json([]) },
    { name: "a shared secret", answer: Response.json({ keys: [{ kty: "oct", k: "AAAA" }] }) },
    { name: "too much", answer: Response.json({ keys: [], padding: "x".repeat(300_000) }) },
  ])("that are $name at start refuse the start", async ({ answer }) => {
    const { state, options } = await issuer();
    state.answer = answer;
    await expect(fetchedKeys(options)).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: expect.stringContaining(URL_OF_KEYS) as string,
    });
  });
});
