import { generateSigner, signToken } from "@watchword/core";
import { snowflakeTwin } from "@watchword/emulators/snowflake";

const issuer = "https://federation.acme.example";
const key = await generateSigner();
await using twin = await snowflakeTwin({
  accounts: {
    "acme-prod": {
      integration: { issuer, keys: async () => ({ keys: [{ ...key.publicJwk, kid: key.keyId }] }) },
      users: { agent: { name: "AGENT", roles: ["READER"] } },
      roles: { READER: { warehouses: ["WH"], tables: { "SHOP.PUBLIC.ORDERS": ["SELECT"] } } },
      tables: { "SHOP.PUBLIC.ORDERS": [{ id: "o_1" }] },
      statements: {
        "DELETE FROM orders": { needs: { ORDERS: "DELETE" }, run: () => ({ changed: 1 }) },
      },
    },
  },
});
const iat = Math.floor(Date.now() / 1_000);
const token = await signToken(key, "JWT", {
  iss: issuer,
  sub: "agent",
  aud: "https://acme-prod.snowflakecomputing.com",
  iat,
  exp: iat + 60,
  scp: ["session:role:READER"],
});
const response = await fetch(`${twin.url}/api/v2/statements`, {
  method: "POST",
  headers: {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "user-agent": "example/1",
  },
  body: JSON.stringify({
    statement: "DELETE FROM orders",
    role: "READER",
    warehouse: "WH",
    database: "SHOP",
    schema: "PUBLIC",
  }),
});

/** 422: the role reads, and the row is still there. */
export const refused = {
  status: response.status,
  code: ((await response.json()) as { code: string }).code,
  rows: twin.rows("acme-prod", "SHOP.PUBLIC.ORDERS").length,
};
