import { generateKeyPairSync } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { Octokit } from "@octokit/core";
import { type OauthOptions, oauth, oauthCatalogue } from "@watchword/adapter-oauth";
import { system } from "@watchword/core";
import { type OauthTwin, type TwinJwk, oauthTwin } from "@watchword/emulators/oauth";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orders as declared } from "./orders-world.ts";
import { type ShopWorld, ownedGrant, shopWorld } from "./shop-world.ts";

/**
 * From a guarded tool, by a broker over HTTP and its gateway, to an API behind an authorization server, and what became of the tokens.
 */

const DETAILS = "https://orders.example/details/action";
const { secret: _key, origin: _origin, ...api } = declared;

/** By scopes and bound to a key in the gateway (`shop`); for one action each and released (`plain`). */
const shops = (url: string) => {
  const shared = {
    issuer: url,
    tokenEndpoint: `${url}/token`,
    revocationEndpoint: `${url}/revoke`,
    clientId: "watchword",
    client: "private_key_jwt",
    scopes: {
      ordersRetrieve: ["orders:read"],
      ordersAnnotate: ["orders:write"],
      refundsCreate: ["orders:write"],
    },
    checkScopes: ["orders:read"],
  } as const;
  const at = { ...api, origin: url };
  return {
    shop: { ...at, authorization: { ...shared, dpop: true } },
    plain: { ...at, authorization: { ...shared, details: { type: DETAILS } } },
  } satisfies Record<string, OauthOptions>;
};
const names = shops("https://orders.example");
const shop = system("shop", oauthCatalogue(names.shop));
const plain = system("plain", oauthCatalogue(names.plain));

let twin: OauthTwin;
let world: ShopWorld;
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = privateKey.export({ format: "jwk" });

beforeAll(async () => {
  const paid = { amount: 4200, currency: "USD" };
  twin = await oauthTwin({
    accounts: {
      acme: { orders: { ord_1: paid, ord_2: paid, ord_3: paid } },
      globex: { orders: { ord_globex: paid } },
    },
    clients: [
      {
        id: "watchword",
        proof: { keys: [publicKey.export({ format: "jwk" }) as TwinJwk] },
        scopes: ["orders:read", "orders:write"],
        accounts: ["acme", "globex"],
        details: [DETAILS],
      },
    ],
    nonce: true,
  });
  const options = shops(twin.url);
  world = await shopWorld({
    systems: { shop: oauth(options.shop), plain: oauth(options.plain) },
    grants: [
      ownedGrant("shop", "orders.annotate"),
      ownedGrant("plain", "orders.annotate", "\n    custody: released"),
    ].join(""),
  });
  const connection = { account: "acme", secret: JSON.stringify({ ...KEY, alg: "ES256" }) };
  await world.server.broker.tenants.put({ id: "acme", connections: { shop: connection, plain: connection } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await twin.close();
});
let before = 0;
beforeEach(() => {
  (twin.requests as unknown[]).splice(0);
  before = twin.tokens.length;
});
afterEach(() => {
  twin.misbehave(null);
});

const given = () => twin.tokens.slice(before);
const minted = () => twin.requests.filter(({ kind }) => kind === "mint");
const effects = () => twin.requests.filter(({ kind }) => kind === "effect");
const annotating = (
  { ordersAnnotate }: typeof shop,
  order: string,
  execute: (credential: GuardedCredential) => Promise<unknown>,
) =>
  guard(
    { name: "annotate", execute: (_call: object, { credential }) => execute(credential) },
    bind(ordersAnnotate, () => ({ order, note: "ring twice" })),
  );
const write = (order: string, note = "ring twice") =>
  [
    `${twin.url}/v1/orders/${order}`,
    { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ note }) },
  ] as const;

describe("with a token per action, bound to a key in the gateway", () => {
  test("a stock client writes what was decided; look-up and action had tokens of their own, and both are dead", async () => {
    const tool = annotating(shop, "ord_1", async (credential) => {
      const client = new Octokit({ baseUrl: twin.url, request: { fetch: credential.fetch } });
      return (await client.request("PATCH /v1/orders/{order}", { order: "ord_1", note: "ring twice" }))
        .status;
    });
    expect(await world.asSupport(() => tool.execute({}))).toBe(200);
    expect(twin.order("acme", "ord_1")?.note).toBe("ring twice");
    expect(given()).toMatchObject([
      { scopes: ["orders:read"], revoked: true },
      { scopes: ["orders:write"], revoked: true },
    ]);
    expect(given().every(({ boundTo }) => boundTo !== undefined)).toBe(true);
    expect(given().some(({ token }) => twin.alive(token))).toBe(false);
  });

  test("another order and another note are refused in front of the system, and the use stays", async () => {
    const tool = annotating(shop, "ord_2", async ({ fetch }) => {
      const tried = [await fetch(...write("ord_1")), await fetch(...write("ord_2", "else"))];
      return [
        ...tried.map(({ headers }) => headers.get("watchword-reason")),
        effects().length,
        (await fetch(...write("ord_2"))).status,
      ];
    });
    expect(await world.asSupport(() => tool.execute({}))).toEqual([
      "request_mismatch",
      "request_mismatch",
      0,
      200,
    ]);
  });

  test("another tenant's order is refused before anything is minted, though the client reaches it", async () => {
    let ran = false;
    const tool = annotating(shop, "ord_globex", async () => (ran = true));
    expect(await world.asSupport(() => tool.execute({}))).toMatchObject({ reason: "tenant_mismatch" });
    expect([ran, minted(), effects()]).toEqual([false, [], []]);
    expect(given().every(({ revoked }) => revoked)).toBe(true);
  });

  test.for(["refresh-token", "long-life", "other-type"] as const)(
    "a server that gives more (%s) gives nothing: the tool does not run, and the token is ended",
    async (mischief) => {
      twin.misbehave(mischief);
      let ran = false;
      const tool = annotating(shop, "ord_3", async () => (ran = true));
      expect(await world.asSupport(() => tool.execute({}))).toMatchObject({
        reason: "downstream_unavailable",
      });
      expect([ran, effects()]).toEqual([false, []]);
      expect(given().some(({ token }) => twin.alive(token))).toBe(false);
    },
  );
});

describe("with a token for the action itself, released", () => {
  test("the tool may do this with it and nothing else, by itself, until its end", async () => {
    let kept = "";
    const tool = annotating(plain, "ord_3", async (credential) => {
      expect(credential.custody).toBe("released");
      kept = given().at(-1)?.token ?? "";
      const alone = async (...[url, init]: ReturnType<typeof write>) =>
        (
          await fetch(url, {
            ...init,
            headers: { ...init.headers, ...HEADERS, authorization: `Bearer ${kept}` },
          })
        ).status;
      return [
        await alone(...write("ord_2")),
        await alone(...write("ord_3", "else")),
        await alone(...write("ord_3")),
      ];
    });
    expect(await world.asSupport(() => tool.execute({}))).toEqual([403, 403, 200]);
    expect(twin.order("acme", "ord_3")?.note).toBe("ring twice");
    expect(given().at(-1)).toMatchObject({ details: [{ actions: ["orders.annotate"] }], revoked: true });
    expect(twin.alive(kept)).toBe(false);
  });

  test("a server that gives other details gives nothing: the broker compares, and ends the token", async () => {
    twin.misbehave("other-details", 1);
    let ran = false;
    const tool = annotating(plain, "ord_3", async () => (ran = true));
    expect(await world.asSupport(() => tool.execute({}))).toMatchObject({ reason: "credential_wider" });
    expect([ran, effects()]).toEqual([false, []]);
    expect(given().some(({ token }) => twin.alive(token))).toBe(false);
  });
});

test("no key and no token shows in a log, in a file of the broker or in its records", async () => {
  expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
  const secrets = [String(KEY.d), ...twin.tokens.map(({ token }) => token)];
  const logged = inspect(world.heard, { depth: null, showHidden: true });
  const files = await readdir(world.directory, { recursive: true, withFileTypes: true });
  for (const secret of secrets) expect(logged).not.toContain(secret);
  for (const file of files.filter((entry) => entry.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name));
    for (const secret of secrets) expect(bytes.includes(secret), file.name).toBe(false);
  }
});

/** What a request to the API needs besides, as the gateway would write it. */
const HEADERS = { "x-account": "acme" };
