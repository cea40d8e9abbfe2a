import { Refusal } from "@watchword/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type TokenVerifier, spentTokens, tokenVerifier } from "../src/index.ts";
import { ISSUER, type IssuerDesk, issuerDesk, jwkOf } from "./issuer-desk.ts";

let desk: IssuerDesk;
let verifier: TokenVerifier;
beforeEach(async () => {
  desk = await issuerDesk();
  verifier = tokenVerifier(desk.options);
});

async function outcome(token?: string): Promise<string> {
  const request = await desk.request(token ?? (await desk.token()));
  return verifier.verify(request, { operation: "orders.read", arguments: () => ({ order: "o_1" }) }).then(
    () => "taken",
    (error: unknown) => Refusal.from(error, "internal").reason,
  );
}

describe("the issuer's keys", () => {
  test("are asked for by the first token, and then kept for five minutes", async () => {
    expect(desk.asked).toEqual([]);
    for (let count = 0; count < 3; count++) expect(await outcome()).toBe("taken");
    expect(desk.asked).toEqual([
      "https://broker.example/.well-known/oauth-authorization-server/access",
      `${ISSUER}/jwks`,
    ]);
    desk.clock.advance(301);
    expect(await outcome()).toBe("taken");
    expect(desk.asked.slice(2)).toEqual([`${ISSUER}/jwks`]);
  });

  test("that are new are found by a token that names one, which asks at most every ten seconds", async () => {
    expect(await outcome()).toBe("taken");
    const next = await desk.rotate();
    const early = await desk.token();
    for (let count = 0; count < 5; count++) expect(await outcome(early)).toBe("token_untrusted");
    expect(desk.asked).toHaveLength(2);
    desk.published.keys = { keys: [jwkOf(next)] };
    desk.clock.advance(10);
    expect(await outcome()).toBe("taken");
    expect(desk.asked).toHaveLength(3);
  });

  test("that are gone verify nothing once that is seen", async () => {
    expect(await outcome()).toBe("taken");
    const { key } = desk;
    desk.published.keys = { keys: [jwkOf(await desk.rotate())] };
    desk.clock.advance(301);
    expect(await outcome(await desk.token({}, { signer: key }))).toBe("token_untrusted");
  });

  test("that cannot be had any more hold for fifteen minutes, and then nothing is taken", async () => {
    expect(await outcome()).toBe("taken");
    desk.published.status = 503;
    desk.clock.advance(900);
    expect(await outcome()).toBe("taken");
    desk.clock.advance(1);
    expect(await outcome()).toBe("broker_unavailable");
    desk.published.status = 200;
    desk.clock.advance(10);
    expect(await outcome()).toBe("taken");
  });

  test.for<[string, (own: object) => object | string]>([
    ["none", () => ({ keys: [] })],
    ["no set", () => []],
    ["no JSON", () => "<html>"],
    ["two with one id", (own) => ({ keys: [own, own] })],
    ["of another algorithm", (own) => ({ keys: [{ ...own, alg: "RS256" }] })],
    ["for encryption", (own) => ({ keys: [{ ...own, use: "enc" }] })],
    ["without an id", (own) => ({ keys: [{ ...own, kid: undefined }] })],
    ["symmetric", () => ({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "k" }] })],
    ["private", (own) => ({ keys: [{ ...own, d: "A".repeat(43) }] })],
  ])("are no keys when they are %s: nothing is taken", async ([, make]) => {
    desk.published.keys = make(jwkOf(desk.key));
    expect(await outcome()).toBe("broker_unavailable");
  });

  test.for<[string, object]>([
    ["of another issuer", { issuer: "https://evil.example" }],
    ["that lead to another host", { jwks_uri: "https://evil.example/jwks" }],
    ["without keys", { jwks_uri: undefined }],
  ])("are not looked for by metadata %s", async ([, change]) => {
    desk.published.metadata = { ...desk.published.metadata, ...change };
    expect(await outcome()).toBe("broker_unavailable");
    expect(desk.asked).toHaveLength(1);
  });

  test("come from a configured address without any metadata", async () => {
    verifier = tokenVerifier({ ...desk.options, jwksUrl: "https://keys.example/set" });
    expect(await outcome()).toBe("taken");
    expect(desk.asked).toEqual(["https://keys.example/set"]);
  });
});

describe("introspection", () => {
  test("lets a living token through, and no revoked one, each time anew", async () => {
    verifier = tokenVerifier({ ...desk.options, introspectAs: async () => "workload-token" });
    expect(await outcome()).toBe("taken");
    desk.published.introspection = { active: false };
    expect(await outcome()).toBe("lease_expired");
    desk.published.introspection = { active: "true" };
    expect(await outcome()).toBe("lease_expired");
    expect(desk.asked.filter((url) => url.endsWith("/introspect"))).toHaveLength(3);
  });

  test("that is not answered is not a yes", async () => {
    verifier = tokenVerifier({ ...desk.options, introspectAs: async () => "workload-token" });
    expect(await outcome()).toBe("taken");
    desk.published.status = 500;
    expect(await outcome()).toBe("broker_unavailable");
    const silent = async (): Promise<string> => {
      throw new Error("canary");
    };
    verifier = tokenVerifier({ ...(await issuerDesk()).options, ...desk.options, introspectAs: silent });
    desk.published.status = 200;
    expect(await outcome()).toBe("broker_unavailable");
  });
});

describe("a token is good for one request", () => {
  test("of 32 at once, one is taken", async () => {
    const token = await desk.token();
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => outcome(token)));
    expect(outcomes.filter((each) => each === "taken")).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["taken", "token_replayed"]));
  });

  test("over all services that share what they remember", async () => {
    const spent = spentTokens();
    const token = await desk.token();
    verifier = tokenVerifier({ ...desk.options, spent });
    expect(await outcome(token)).toBe("taken");
    verifier = tokenVerifier({ ...desk.options, spent });
    expect(await outcome(token)).toBe("token_replayed");
  });

  test("and one that was refused for another action is not spent by it", async () => {
    const request = await desk.request(await desk.token());
    const other = { operation: "orders.cancel", arguments: () => ({ order: "o_1" }) };
    await expect(verifier.verify(request, other)).rejects.toMatchObject({ reason: "request_mismatch" });
    await expect(
      verifier.verify(request, { operation: "orders.read", arguments: () => ({ order: "o_1" }) }),
    ).resolves.toMatchObject({ tenant: "acme" });
  });
});

describe("what is remembered", () => {
  test("is bounded: nothing is forgotten before its end to make room, and nothing more is taken", () => {
    const spent = spentTokens(3);
    for (const id of ["a", "b", "c"]) expect(spent.spend(id, 100, 0)).toBe(true);
    expect(() => spent.spend("d", 100, 99)).toThrow(expect.objectContaining({ reason: "internal" }));
    expect(spent.spend("a", 100, 99)).toBe(false);
    expect(spent.spend("d", 200, 100)).toBe(true);
    expect(spent.spend("a", 200, 100)).toBe(true);
  });

  test("is remembered by each verifier alone, unless they are given one memory", async () => {
    const token = await desk.token();
    expect(await outcome(token)).toBe("taken");
    verifier = tokenVerifier(desk.options);
    expect(await outcome(token)).toBe("taken");
  });
});
