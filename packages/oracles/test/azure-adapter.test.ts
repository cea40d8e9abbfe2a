import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { Octokit } from "@octokit/core";
import { type AzureOptions, azure, azureCatalogue } from "@watchword/adapter-azure";
import { system } from "@watchword/core";
import { type AzureTwin, type AzureTwinOptions, azureTwin } from "@watchword/emulators/azure";
import type { TwinJwk } from "@watchword/emulators/oauth";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orders as declared } from "./orders-world.ts";
import { FEDERATION, type ShopWorld, federationKeys, ownedGrant, shopWorld } from "./shop-world.ts";

/** From a guarded tool to an API behind Entra ID, with no secret anywhere; and Microsoft's own client at the same Entra. */

const DIRECTORY = "11111111-1111-4111-8111-111111111111";
const READER = "aaaaaaaa-0000-4000-8000-00000000000a";
const WRITER = "aaaaaaaa-0000-4000-8000-00000000000b";
const RESOURCE = "api://orders";
const { secret: _key, origin: _origin, ...api } = declared;

const options = (url: string) =>
  ({
    ...api,
    origin: url,
    entra: {
      directory: DIRECTORY,
      resource: RESOURCE,
      apps: {
        reader: { clientId: READER, roles: ["Orders.Read"] },
        writer: { clientId: WRITER, roles: ["Orders.ReadWrite"] },
      },
      use: { ordersRetrieve: "reader", ordersAnnotate: "writer", refundsCreate: "writer" },
      check: "reader",
      ...(url.startsWith("http:") ? { loginUrl: url } : {}),
    },
  }) satisfies AzureOptions;
const shop = system("shop", azureCatalogue(options("https://orders.example")));

const paid = { amount: 4200, currency: "USD" };
const app = (roles: readonly string[]) => ({
  federated: [{ issuer: FEDERATION, subject: "tenant:acme:system:shop" }],
  roles,
  accounts: ["acme", "globex"],
});
const entra = (issuers: AzureTwinOptions["issuers"], tls?: AzureTwinOptions["tls"]) =>
  azureTwin({
    accounts: {
      acme: { orders: { ord_1: paid, ord_2: paid, ord_3: paid } },
      globex: { orders: { ord_globex: paid } },
    },
    resource: RESOURCE,
    directories: { [DIRECTORY]: { [READER]: app(["Orders.Read"]), [WRITER]: app(["Orders.ReadWrite"]) } },
    issuers,
    ...(tls === undefined ? {} : { tls }),
  });

let twin: AzureTwin;
let world: ShopWorld;
beforeAll(async () => {
  const issuers: Record<string, readonly TwinJwk[]> = {};
  twin = await entra(issuers);
  world = await shopWorld({
    systems: { shop: azure(options(twin.url)) },
    grants: ownedGrant("shop", "orders.annotate"),
  });
  // As Entra would fetch them from the issuer's discovery document.
  issuers[FEDERATION] = federationKeys(world);
  await world.server.broker.tenants.put({ id: "acme", connections: { shop: { account: "acme" } } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await twin.close();
});
beforeEach(() => void (twin.requests as unknown[]).splice(0));
afterEach(() => twin.misbehave(null));

const annotating = (order: string, execute: (credential: GuardedCredential) => Promise<unknown>) =>
  guard(
    { name: "annotate", execute: (_call: object, { credential }) => execute(credential) },
    bind(shop.ordersAnnotate, () => ({ order, note: "ring twice" })),
  );
const effects = () => twin.requests.filter(({ kind }) => kind === "effect");

describe("a guarded tool at an API behind Entra ID", () => {
  test("a stock client writes what was decided, with an app's token that the tool never had; the handle is dead after it", async () => {
    const kept: GuardedCredential[] = [];
    const tool = annotating("ord_1", async (credential) => {
      kept.push(credential);
      const client = new Octokit({ baseUrl: twin.url, request: { fetch: credential.fetch } });
      return (await client.request("PATCH /v1/orders/{order}", { order: "ord_1", note: "ring twice" }))
        .status;
    });
    const given = twin.tokens.length;
    expect(await world.asSupport(() => tool.execute({}))).toBe(200);
    expect(twin.order("acme", "ord_1")?.note).toBe("ring twice");
    expect(twin.tokens.slice(given)).toMatchObject([{ clientId: READER }, { clientId: WRITER }]);
    const again = kept[0]?.fetch(`${twin.url}/v1/orders/ord_1`, { method: "PATCH", body: "{}" });
    await expect(again).rejects.toMatchObject({ reason: "lease_expired" });
    expect(effects()).toHaveLength(1);
  });

  test("another order, another verb and another tenant's account do not leave the gateway", async () => {
    const tool = annotating("ord_2", async ({ fetch }) => {
      const send = async (path: string, init: RequestInit) =>
        (await fetch(`${twin.url}${path}`, init)).headers.get("watchword-reason");
      const json = { "content-type": "application/json" };
      const note = { method: "PATCH", headers: json, body: '{"note":"ring twice"}' };
      return [
        await send("/v1/orders/ord_3", note),
        await send("/v1/orders/ord_2/note", { method: "DELETE" }),
        await send("/v1/orders/ord_2", { ...note, headers: { ...json, "x-account": "globex" } }),
      ];
    });
    expect(await world.asSupport(() => tool.execute({}))).toEqual(Array(3).fill("request_mismatch"));
    expect(effects()).toEqual([]);
  });

  test("another tenant's order is refused before a writer's token is asked for, though the app reaches it", async () => {
    let ran = false;
    const tool = annotating("ord_globex", async () => (ran = true));
    expect(await world.asSupport(() => tool.execute({}))).toMatchObject({ reason: "tenant_mismatch" });
    expect([ran, effects()]).toEqual([false, []]);
    expect(twin.requests.filter(({ kind }) => kind === "mint")).toEqual([]);
  });

  test("an app that was given more roles gives nothing to anybody until somebody looks", async () => {
    twin.misbehave("more-roles");
    let ran = false;
    const tool = annotating("ord_3", async () => (ran = true));
    expect(await world.asSupport(() => tool.execute({}))).toMatchObject({ reason: "downstream_refused" });
    expect([ran, effects()]).toEqual([false, []]);
  });

  test("no token shows in a log, in a file of the broker or in its records", async () => {
    expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
    const logged = inspect(world.heard, { depth: null, showHidden: true });
    const files = await readdir(world.directory, { recursive: true, withFileTypes: true });
    for (const { token } of twin.tokens) expect(logged).not.toContain(token);
    for (const file of files.filter((entry) => entry.isFile())) {
      const bytes = await readFile(join(file.parentPath, file.name));
      for (const { token } of twin.tokens) expect(bytes.includes(token), file.name).toBe(false);
    }
  });
});

describe("@azure/identity, which knows nothing of ours", () => {
  let directory: string;
  let tls: AzureTwin;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "watchword-entra-"));
    const make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=entra -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem";
    await promisify(execFile)("sh", ["-c", make], { cwd: directory });
    const text = (name: string) => readFile(join(directory, name), "utf8");
    const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "1" } as TwinJwk];
    tls = await entra({ [FEDERATION]: keys }, { key: await text("key.pem"), cert: await text("cert.pem") });
  });
  afterAll(async () => {
    await tls.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** It takes TLS and an authority for it only, which a process is told at its start. */
  async function ask(audience: string): Promise<{ readonly token?: string; readonly error?: string }> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [new URL("azure-identity-child.mjs", import.meta.url).pathname],
      {
        env: {
          ...process.env,
          NODE_EXTRA_CA_CERTS: join(directory, "cert.pem"),
          WATCHWORD_TEST_ENTRA: JSON.stringify({
            url: tls.url,
            directory: DIRECTORY,
            client: READER,
            scope: `${RESOURCE}/.default`,
            issuer: FEDERATION,
            audience,
            key: privateKey.export({ format: "jwk" }),
          }),
        },
      },
    );
    return JSON.parse(stdout) as { token?: string; error?: string };
  }

  test("takes the twin for Entra: the same assertion gives it the same app's token", async () => {
    const { token = "" } = await ask("api://AzureADTokenExchange");
    expect(tls.tokens).toMatchObject([{ token, clientId: READER, roles: ["Orders.Read"] }]);
  });

  test("and takes its refusals for Entra's, by number", async () => {
    expect((await ask("api://another")).error).toMatch(/AADSTS700212/);
  });
});
