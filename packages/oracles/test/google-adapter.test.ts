import { generateKeyPairSync, sign } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { google, googleCatalogue } from "@watchword/adapter-google";
import { system } from "@watchword/core";
import { type GoogleTwin, type ProviderSeed, googleTwin } from "@watchword/emulators/google";
import type { TwinJwk } from "@watchword/emulators/oauth";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { IdentityPoolClient } from "google-auth-library";
import { StsCredentials } from "google-auth-library/build/src/auth/stscredentials.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FEDERATION, type ShopWorld, federationKeys, shopWorld } from "./shop-world.ts";

/** From a guarded tool to Cloud Storage, with no secret anywhere; and Google's own client at the same STS. */

const PROVIDER = "projects/1/locations/global/workloadIdentityPools/agents/providers/watchword";
const ACCOUNT = "acme-agents@acme-prod.iam.gserviceaccount.com";
const files = system("files", googleCatalogue);
const handed = system("handed", googleCatalogue);

const grant = (name: string, operation: string, more = "") => `
  - id: ${name}-${operation.replaceAll(".", "-")}
    agent: support
    operation: ${name}/storage.objects.${operation}
    resource: { account: "\${tenant.${name}.account}" }
    lease: { action: 60s }${more}`;

let twin: GoogleTwin;
let world: ShopWorld;
beforeAll(async () => {
  const provider: { -readonly [Member in keyof ProviderSeed]: ProviderSeed[Member] } = {
    issuer: FEDERATION,
    keys: [],
  };
  twin = await googleTwin({
    providers: { [PROVIDER]: provider },
    serviceAccounts: { [ACCOUNT]: ["tenant:acme:system:files", "tenant:acme:system:handed"] },
    buckets: {
      reports: {
        objects: { "acme/q3.txt": "acme's q3", "acme/q2.txt": "acme's q2", "globex/q3.txt": "globex's q3" },
        admins: [ACCOUNT],
      },
    },
  });
  const adapter = google({ provider: PROVIDER, tenancy: "prefix", baseUrl: twin.url });
  world = await shopWorld({
    systems: { files: adapter, handed: adapter },
    grants: [
      grant("files", "create"),
      grant("files", "get"),
      grant(
        "handed",
        "get",
        "\n    custody: released\n    acceptResidual: [operation, content, contentType, generation, limit, page]",
      ),
    ].join(""),
  });
  provider.keys = federationKeys(world);
  const connection = { account: "reports/acme", settings: { serviceAccount: ACCOUNT } };
  await world.server.broker.tenants.put({
    id: "acme",
    connections: { files: connection, handed: connection },
  });
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

const ORIGIN = "https://storage.googleapis.com";
const given = () => twin.tokens.slice(before);
const effects = () => twin.requests.filter(({ kind }) => kind === "effect");
const creating = (name: string, execute: (credential: GuardedCredential) => Promise<unknown>) =>
  guard(
    { name: "file", execute: (_call: object, { credential }) => execute(credential) },
    bind(files.objectsCreate, () => ({ name, content: "pending\n", contentType: "text/plain" })),
  );
const put = (content = "pending\n") => ({
  method: "PUT",
  headers: { "content-type": "text/plain", "x-goog-if-generation-match": "0" },
  body: content,
});

describe("a guarded tool at Cloud Storage", () => {
  test("what was decided is written, with a token for that one object that the tool never had; the handle is dead after it", async () => {
    const kept: GuardedCredential[] = [];
    const tool = creating("q4.txt", async (credential) => {
      kept.push(credential);
      return (await credential.fetch(`${ORIGIN}/reports/acme/q4.txt`, put())).status;
    });
    expect(await world.asSupport(() => tool.execute({}))).toBe(200);
    expect(twin.object("reports", "acme/q4.txt")).toMatchObject({
      content: "pending\n",
      metadata: { "watchword-decision": expect.stringMatching(/^dec_/) as unknown },
    });
    expect(given().map(({ kind }) => kind)).toEqual(["federated", "service-account", "cut-down"]);
    expect(given()[2]?.rules).toEqual([
      { bucket: "reports", role: "roles/storage.objectCreator", condition: { object: "acme/q4.txt" } },
    ]);
    await expect(kept[0]?.fetch(`${ORIGIN}/reports/acme/q4.txt`, put())).rejects.toMatchObject({
      reason: "lease_expired",
    });
    expect(effects()).toHaveLength(1);
  });

  test("another name, another tenant's prefix and another text do not leave the gateway", async () => {
    const tool = creating("q5.txt", async ({ fetch }) => {
      const reason = async (path: string, content?: string) =>
        (await fetch(`${ORIGIN}${path}`, put(content))).headers.get("watchword-reason");
      return [
        await reason("/reports/acme/q6.txt"),
        await reason("/reports/globex/q5.txt"),
        await reason("/reports/acme/q5.txt", "final\n"),
        effects().length,
        (await fetch(`${ORIGIN}/reports/acme/q5.txt`, put())).status,
      ];
    });
    const refused = "request_mismatch";
    expect(await world.asSupport(() => tool.execute({}))).toEqual([refused, refused, refused, 0, 200]);
  });

  test("released: the tool reads this object by itself, and nothing else with it", async () => {
    const tool = guard(
      {
        name: "read",
        execute: async (_call: object, { credential }) => {
          const token = given().at(-1)?.token ?? "";
          const alone = async (path: string, init: Partial<ReturnType<typeof put>> = {}) =>
            (
              await fetch(`${twin.url}${path}`, {
                ...init,
                headers: { ...init.headers, authorization: `Bearer ${token}` },
              })
            ).status;
          return [
            credential.custody,
            await alone("/reports/acme/q3.txt"),
            await alone("/reports/acme/q2.txt"),
            await alone("/reports/globex/q3.txt"),
            await alone("/reports/acme/q3.txt", put()),
            await alone("/storage/v1/b/reports/o?prefix=acme/"),
          ];
        },
      },
      bind(handed.objectsGet, () => ({ name: "q3.txt" })),
    );
    expect(await world.asSupport(() => tool.execute({}))).toEqual(["released", 200, 403, 403, 403, 403]);
    // Google ends no token: it lives no longer than the lease could have.
    const [last] = given().slice(-1);
    expect((last?.expiresAt ?? 0) - Math.floor(Date.now() / 1_000)).toBeLessThanOrEqual(60);
  });

  test("no token shows in a log, in a file of the broker or in its records", async () => {
    expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
    const logged = inspect(world.heard, { depth: null, showHidden: true });
    const entries = await readdir(world.directory, { recursive: true, withFileTypes: true });
    for (const { token } of twin.tokens) expect(logged).not.toContain(token);
    for (const file of entries.filter((entry) => entry.isFile())) {
      const bytes = await readFile(join(file.parentPath, file.name));
      for (const { token } of twin.tokens) expect(bytes.includes(token), file.name).toBe(false);
    }
  });
});

describe("google-auth-library, which knows nothing of ours", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const boundary = {
    accessBoundary: {
      accessBoundaryRules: [
        {
          availableResource: "//storage.googleapis.com/projects/_/buckets/reports",
          availablePermissions: ["inRole:roles/storage.legacyObjectReader"],
          availabilityCondition: {
            expression: "resource.name == 'projects/_/buckets/reports/objects/acme/q3.txt'",
          },
        },
      ],
    },
  };
  let theirs: GoogleTwin;
  beforeAll(async () => {
    theirs = await googleTwin({
      providers: {
        [PROVIDER]: {
          issuer: FEDERATION,
          keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1" } as TwinJwk],
        },
      },
      serviceAccounts: { [ACCOUNT]: ["tenant:acme:system:files"] },
      buckets: { reports: { objects: { "acme/q3.txt": "acme's q3", "b.txt": "b" }, admins: [ACCOUNT] } },
    });
  });
  afterAll(() => theirs.close());

  const client = (subject: string) =>
    new IdentityPoolClient({
      type: "external_account",
      audience: `//iam.googleapis.com/${PROVIDER}`,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${theirs.url}/v1/token`,
      service_account_impersonation_url: `${theirs.url}/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
      service_account_impersonation: { token_lifetime_seconds: 600 },
      subject_token_supplier: { getSubjectToken: async () => assertion(subject) },
      scopes: ["https://www.googleapis.com/auth/devstorage.read_only"],
    });

  function assertion(subject: string): string {
    const iat = Math.floor(Date.now() / 1_000);
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
    const claims = {
      iss: FEDERATION,
      sub: subject,
      aud: `https://iam.googleapis.com/${PROVIDER}`,
      iat,
      exp: iat + 60,
    };
    const input = `${encode({ alg: "ES256", typ: "JWT", kid: "1" })}.${encode(claims)}`;
    const signing = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${input}.${sign("sha256", Buffer.from(input), signing).toString("base64url")}`;
  }

  test("takes the twin for Google: pool, service account, access boundary, and the object that it opens", async () => {
    const source = client("tenant:acme:system:files");
    const { token } = await source.getAccessToken();
    expect(theirs.tokens.at(-1)).toMatchObject({ token, kind: "service-account", principal: ACCOUNT });
    // Its client for boundaries knows one address alone; its exchange takes any.
    const sts = new StsCredentials({ tokenExchangeEndpoint: `${theirs.url}/v1/token` });
    const cut = await sts.exchangeToken(
      {
        grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
        requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
        subjectToken: token ?? "",
        subjectTokenType: "urn:ietf:params:oauth:token-type:access_token",
      },
      undefined,
      boundary,
    );
    const read = async (name: string) =>
      (
        await fetch(`${theirs.url}/reports/${name}`, {
          headers: { authorization: `Bearer ${cut.access_token}` },
        })
      ).status;
    expect([await read("acme/q3.txt"), await read("b.txt")]).toEqual([200, 403]);
  });

  test("and takes its refusals for Google's", async () => {
    await expect(client("tenant:globex:system:files").getAccessToken()).rejects.toThrow(
      /iam\.serviceAccounts\.getAccessToken' denied/,
    );
  });
});
