import { readFile } from "node:fs/promises";
import { snowflake, type SnowflakeOptions } from "@watchword/adapter-snowflake";
import {
  type AdapterContext,
  type Connection,
  SealedCredential,
  type Signer,
  newAction,
  numericDate,
  publicJwkOf,
  signToken,
  signerOf,
  systemClock,
} from "@watchword/core";
import { beforeAll, describe, expect, test } from "vitest";

const { env } = process;
const NAMES = ["ACCOUNT", "ISSUER", "KEY", "SUB", "ROLE", "WAREHOUSE", "DATABASE", "SCHEMA"] as const;
const variable = (name: (typeof NAMES)[number]): string => env[`LIVE_SNOWFLAKE_${name}`] ?? "";
const lacking = NAMES.filter((name) => variable(name) === "").map((name) => `LIVE_SNOWFLAKE_${name}`);

/** Reads what every database has, and one that takes longer than anybody waits. */
const declared = () =>
  ({
    role: variable("ROLE"),
    warehouse: variable("WAREHOUSE"),
    database: variable("DATABASE"),
    schema: variable("SCHEMA"),
    // A stand-in on this machine, to see that this runs.
    ...(env["LIVE_SNOWFLAKE_BASE_URL"] === undefined ? {} : { baseUrl: env["LIVE_SNOWFLAKE_BASE_URL"] }),
    statements: {
      tablesOfSchema: {
        name: "tables.of_schema",
        access: "read",
        title: "Tables of a schema",
        statement: "SELECT table_name FROM information_schema.tables WHERE table_schema = {schema} LIMIT 10",
        arguments: { schema: { type: "string", description: "Name of the schema." } },
        example: { schema: "INFORMATION_SCHEMA" },
      },
      columnsTwice: {
        name: "columns.twice",
        access: "read",
        title: "Columns beside columns",
        statement:
          "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c",
        async: true,
        timeoutSeconds: 60,
        example: {},
      },
    },
  }) as const satisfies SnowflakeOptions;

/** What the contract asks of a twin can be asked of a real account only as far as it does no harm there. */
if (env["LIVE_SNOWFLAKE"] === "1" && lacking.length === 0) describe("a real Snowflake", live);
else {
  console.error(
    env["LIVE_SNOWFLAKE"] === "1"
      ? `nothing is tried against a real Snowflake: ${lacking.join(", ")} not set`
      : `nothing is tried against a real Snowflake: LIVE_SNOWFLAKE=1 does, with ${NAMES.map((name) => `LIVE_SNOWFLAKE_${name}`).join(", ")}`,
  );
  test("without an account nothing goes to a real Snowflake", () => {
    expect(snowflake({ statements: declared().statements }).origins).toEqual([]);
  });
}

function live(): void {
  const adapter = snowflake(declared());
  let signer: Signer;
  beforeAll(async () => {
    const jwk = JSON.parse(await readFile(variable("KEY"), "utf8")) as { kid: string; d: string };
    const { d: _private, ...open } = jwk;
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", { ...jwk, key_ops: ["sign"] }, curve, false, ["sign"]);
    signer = signerOf(jwk.kid, key, publicJwkOf(open));
  });
  const own: Connection = {
    tenant: "live",
    system: "warehouse",
    account: variable("ACCOUNT"),
    settings: {},
    secret: new SealedCredential("there-is-none"),
  };
  const token = async (audience: string, more: object): Promise<SealedCredential> => {
    const now = numericDate(systemClock);
    const claims = {
      iss: variable("ISSUER"),
      sub: variable("SUB"),
      aud: audience,
      iat: now,
      exp: now + 60,
      ...more,
    };
    return new SealedCredential(await signToken(signer, "JWT", claims));
  };
  const context = (more: Partial<AdapterContext> = {}): AdapterContext => ({
    connection: own,
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
    federationToken: (audience, form) => token(audience, typeof form === "object" ? form : {}),
    ...more,
  });

  async function send(operation: string, values: Record<string, string>, credential?: SealedCredential) {
    const action = newAction({ system: "warehouse", operation, resource: {}, arguments: values });
    const facts = await adapter.resolve(action, context());
    const authority = adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
    const minted = await adapter.mint(authority, context());
    expect(adapter.covers(authority, minted.granted)).toBe(true);
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const stamp = { decisionId: "dec_live", idempotencyKey: crypto.randomUUID() };
    const request = adapter.inject(adapter.enforce(authority, blank, stamp), credential ?? minted.credential);
    const body = request.body === undefined ? null : new Uint8Array(request.body);
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body,
    });
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
    return { minted, answer, outcome: adapter.outcomeOf(authority, answer) };
  }
  const audience = `https://${variable("ACCOUNT")}.snowflakecomputing.com`;

  test("the connection is accepted: the account takes tokens of the issuer, for one role", async () => {
    const findings = await adapter.selfCheck(context());
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("a declared statement is answered", async () => {
    expect((await send("tables.of_schema", { schema: "INFORMATION_SCHEMA" })).outcome).toMatchObject({
      effect: "done",
      ids: { statement: expect.any(String) as string },
    });
  });

  test.for<[string, object]>([
    ["for an administrator", { scp: ["session:role:ACCOUNTADMIN"] }],
    ["for no role", {}],
    ["that is over", { scp: [`session:role:${variable("ROLE")}`], exp: numericDate(systemClock) - 60 }],
    ["of nobody", { scp: [`session:role:${variable("ROLE")}`], sub: "tenant:nobody:system:warehouse" }],
  ])("a token %s is refused", async ([, more]) => {
    const credential = await token(audience, more);
    expect((await send("tables.of_schema", { schema: "X" }, credential)).answer.status).toBe(401);
  });

  test("a statement that still runs is cancelled at its lease's end", async () => {
    const { minted, outcome } = await send("columns.twice", {});
    expect(outcome).toMatchObject({ status: 202 });
    const ended = await adapter.revoke(minted.credential, context({ outcomes: async () => [outcome] }));
    expect(["revoked", "injected_only"]).toContain(ended);
  });
}
