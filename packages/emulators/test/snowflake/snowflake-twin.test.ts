import { type Signer, generateSigner, numericDate, signToken } from "@watchword/core";
import {
  type AccountSeed,
  type SnowflakeFailure,
  type SnowflakeTwin,
  type UserSeed,
  snowflakeTwin,
} from "@watchword/emulators/snowflake";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const ISSUER = "https://federation.example";
const TABLE = "SHOP.PUBLIC.ORDERS";
const READ = "SELECT id FROM orders WHERE id <> ?";
const CLEAR = "DELETE FROM orders";
const SLOW = "SELECT id FROM orders a";

let twin: SnowflakeTwin;
let key: Signer;
let ahead = 0;
const clock = { now: () => 1_790_000_000_000 + ahead };

beforeEach(async () => {
  ahead = 0;
  key = await generateSigner();
  const user = (name: string, more: Partial<UserSeed> = {}): UserSeed => ({
    name,
    roles: ["READER", "WRITER", "ACCOUNTADMIN"],
    ...more,
  });
  const account: AccountSeed = {
    integration: { issuer: ISSUER, keys: async () => ({ keys: [{ ...key.publicJwk, kid: key.keyId }] }) },
    users: { one: user("ONE"), two: user("TWO"), gone: user("GONE", { disabled: true }) },
    roles: {
      READER: { warehouses: ["WH"], tables: { [TABLE]: ["SELECT"] } },
      WRITER: { warehouses: ["WH"], tables: { [TABLE]: ["SELECT", "DELETE"] } },
    },
    tables: { [TABLE]: [{ id: "o_1" }, { id: "o_2" }] },
    statements: {
      [READ]: {
        needs: { ORDERS: "SELECT" },
        run: ([not], tables) => ({
          columns: ["ID"],
          rows: tables
            .rows("ORDERS")
            .flatMap((row) => (row["id"] === undefined || row["id"] === not ? [] : [[row["id"]]])),
        }),
      },
      [CLEAR]: {
        needs: { ORDERS: "DELETE" },
        run: (_bindings, tables) => {
          tables.replace("ORDERS", []);
          return { changed: 2 };
        },
      },
      [SLOW]: { needs: { ORDERS: "SELECT" }, seconds: 90, run: () => ({ columns: ["ID"], rows: [] }) },
    },
  };
  twin = await snowflakeTwin({ clock, accounts: { "acme-prod": account } });
});
afterEach(() => twin.close());

interface Sent {
  readonly role?: string;
  readonly sub?: string;
  readonly claims?: object;
  readonly body?: object;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  method: string,
  path: string,
  { role = "READER", sub = "one", claims = {}, body, query = "", headers = {} }: Sent = {},
) {
  const iat = numericDate(clock);
  const token = await signToken(key, "JWT", {
    iss: ISSUER,
    sub,
    aud: "https://acme-prod.snowflakecomputing.com",
    iat,
    exp: iat + 60,
    scp: [`session:role:${role}`],
    ...claims,
  });
  const response = await fetch(`${twin.url}${path}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "user-agent": "test/1",
      "content-type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as {
    code: string;
    statementHandle: string;
    data: (string | null)[][];
  };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), ...answer };
}
const place = { warehouse: "WH", database: "SHOP", schema: "PUBLIC" };
const post = (statement: string, sent: Sent = {}) =>
  ask("POST", "/api/v2/statements", {
    ...sent,
    body: { statement, role: sent.role ?? "READER", ...place, ...sent.body },
  });
const told = async (asked: Promise<{ status: number; code: string }>) => {
  const { status, code } = await asked;
  return [status, code];
};
const kinds = () => twin.requests.map(({ kind }) => kind);

test("a statement runs for a role that may, with its bind variables", async () => {
  const answer = await post(READ, { body: { bindings: { "1": { type: "TEXT", value: "o_1" } } } });
  expect(answer).toMatchObject({ status: 200, code: "090001", data: [["o_2"]] });
  expect(twin.requests).toMatchObject([{ kind: "read", user: "ONE", role: "READER", warehouse: "WH" }]);
});

describe("no row is touched", () => {
  test.for<[string, Sent, number, string]>([
    ["by a role that only reads", {}, 422, "003001"],
    ["under a role that the token does not name", { body: { role: "WRITER" } }, 401, "390317"],
    [
      "under the user's default role, which the token does not name",
      { role: "WRITER", body: { role: undefined } },
      401,
      "390317",
    ],
    ["by an administrator", { role: "ACCOUNTADMIN" }, 401, "390317"],
    ["by a user who is disabled", { role: "WRITER", sub: "gone" }, 401, "390303"],
    ["by nobody", { role: "WRITER", sub: "ONE" }, 401, "390303"],
    [
      "for another account",
      { role: "WRITER", claims: { aud: "https://globex.snowflakecomputing.com" } },
      401,
      "390303",
    ],
    ["by another issuer", { role: "WRITER", claims: { iss: "https://other.example" } }, 401, "390303"],
    ["by a token that is over", { role: "WRITER", claims: { exp: 1_789_999_999 } }, 401, "390318"],
    ["by a token of tomorrow", { role: "WRITER", claims: { nbf: 1_790_086_400 } }, 401, "390303"],
    [
      "by a key pair's token",
      { role: "WRITER", headers: { "x-snowflake-authorization-token-type": "KEYPAIR_JWT" } },
      401,
      "390104",
    ],
    ["in a warehouse that the role has not", { role: "WRITER", body: { warehouse: "BIG" } }, 422, "000606"],
    ["in no database", { role: "WRITER", body: { database: undefined } }, 422, "002003"],
    ["in a form", { role: "WRITER", headers: { "content-type": "text/plain" } }, 415, "391903"],
  ])("%s", async ([, sent, status, code]) => {
    expect(await told(post(CLEAR, sent))).toEqual([status, code]);
    expect(twin.rows("acme-prod", TABLE)).toHaveLength(2);
    expect(kinds()).toEqual(["refused"]);
  });

  test("by a batch that is not announced; one that is announced does what it says, as at Snowflake", async () => {
    const batch = `${CLEAR}; ${CLEAR}`;
    expect(await told(post(batch, { role: "WRITER" }))).toEqual([422, "000008"]);
    expect(twin.rows("acme-prod", TABLE)).toHaveLength(2);
    const parameters = { MULTI_STATEMENT_COUNT: "0" };
    expect(await told(post(batch, { role: "WRITER", body: { parameters } }))).toEqual([200, "090001"]);
    expect(twin.rows("acme-prod", TABLE)).toEqual([]);
  });

  test.for(["USE ROLE WRITER", "BEGIN", "ALTER SESSION SET x = 1", "SELECT 1"])(
    "by %s",
    async (statement) => {
      expect((await post(statement, { role: "WRITER" })).status).toBe(422);
      expect(kinds()).toEqual(["refused"]);
    },
  );
});

test("a request id runs its statement once", async () => {
  const query = "?requestId=11111111-2222-4333-8444-555555555555";
  const [first, again] = [
    await post(CLEAR, { role: "WRITER", query }),
    await post(CLEAR, { role: "WRITER", query }),
  ];
  expect(again.statementHandle).toBe(first.statementHandle);
  expect(kinds()).toEqual(["effect", "replay"]);
});

describe("a statement that takes its time", () => {
  const start = async () =>
    (await post(SLOW, { query: "?async=true", body: { timeout: 0 } })).statementHandle;
  const at = (handle: string, rest = "") => `/api/v2/statements/${handle}${rest}`;

  test("is told to run, then to be done; its handle is its user's alone", async () => {
    const handle = await start();
    expect((await ask("GET", at(handle))).status).toBe(202);
    expect(await told(ask("GET", at(handle), { sub: "two" }))).toEqual([422, "000709"]);
    expect(await told(ask("POST", at(handle, "/cancel"), { sub: "two" }))).toEqual([422, "000709"]);
    ahead = 90_000;
    expect((await ask("GET", at(handle))).status).toBe(200);
    expect(await told(ask("POST", at(handle, "/cancel")))).toEqual([422, "000605"]);
  });

  test("is cancelled once, and ends by its timeout", async () => {
    const handle = await start();
    expect(await told(ask("POST", at(handle, "/cancel")))).toEqual([200, "000604"]);
    expect(await told(ask("GET", at(handle)))).toEqual([422, "000604"]);
    const cut = await post(SLOW, { query: "?async=true", body: { timeout: 30 } });
    ahead = 30_000;
    expect(await told(ask("GET", at(cut.statementHandle)))).toEqual([408, "000630"]);
    expect(twin.stateOf("acme-prod", cut.statementHandle)).toBe("timed_out");
  });
});

describe("failing", () => {
  test("too many requests say when to come again, and nothing is done", async () => {
    twin.fail("429");
    expect(await post(CLEAR, { role: "WRITER" })).toMatchObject({ status: 429, retryAfter: "7" });
    expect(kinds()).toEqual(["refused"]);
  });

  test.for<[SnowflakeFailure, number]>([
    ["500", 2],
    ["500-after-effect", 0],
  ])("%s answers 500, and leaves %i rows", async ([mode, rows]) => {
    twin.fail(mode);
    expect((await post(CLEAR, { role: "WRITER" })).status).toBe(500);
    expect(twin.rows("acme-prod", TABLE)).toHaveLength(rows);
  });

  test("a dropped answer leaves its effect", async () => {
    twin.fail("drop-after-effect");
    await expect(post(CLEAR, { role: "WRITER" })).rejects.toThrow();
    expect(twin.rows("acme-prod", TABLE)).toEqual([]);
    expect(twin.requests).toMatchObject([{ kind: "effect", status: 0 }]);
  });
});

test("no token is in the log", async () => {
  await post(READ, { body: { bindings: { "1": { type: "TEXT", value: "x" } } } });
  await ask("POST", "/session/v1/login-request", {
    body: { data: { AUTHENTICATOR: "OAUTH", TOKEN: "eyJ.x.y" } },
  });
  expect(JSON.stringify(twin.requests)).not.toContain("eyJ");
});
