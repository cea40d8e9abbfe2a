import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { recordId } from "@watchword/adapter-salesforce";
import { salesforceTwin } from "@watchword/emulators/salesforce";
import { SignJWT } from "jose";
import { Connection, OAuth2 } from "jsforce";
import { describe, expect, test } from "vitest";

const HOST = "acme.my.salesforce.com";
const CASE = recordId("500000000000001");
const KEY = `3MVG9${"x".repeat(40)}`;
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const startTwin = () =>
  salesforceTwin({
    orgs: [
      {
        id: recordId("00D000000000001"),
        host: HOST,
        apps: [
          {
            consumerKey: KEY,
            publicKey: pair.publicKey,
            scopes: ["api"],
            users: ["agent@acme.example"],
            tokenMinutes: 1,
          },
        ],
        users: [
          {
            id: recordId("005000000000001"),
            username: "agent@acme.example",
            objects: { Case: { read: true, create: true, edit: true, delete: true } },
          },
        ],
        objects: {
          Case: {
            keyPrefix: "500",
            fields: { Subject: { type: "string", length: 20, required: true }, Status: { type: "string" } },
          },
        },
        records: { Case: { [CASE]: { Subject: "It rains in", Status: "New" } } },
      },
    ],
  });

/** The stock client, as an application makes it, pointed at the twin. */
const client = (url: string, accessToken: string): Connection =>
  new Connection({ instanceUrl: url, accessToken, version: "62.0" });

async function failureOf(attempt: PromiseLike<unknown>): Promise<readonly [string, string]> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Error) return [error.name, error.message];
  }
  throw new Error("was not refused");
}

describe("the stock jsforce client on the twin", () => {
  test("exchanges an assertion, reads a record, looks for others, writes, and gives the token back", async () => {
    await using twin = await startTwin();
    const oauth2 = new OAuth2({ loginUrl: twin.url, clientId: KEY });
    const assertion = await new SignJWT({ sub: "agent@acme.example" })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(KEY)
      .setAudience("https://login.salesforce.com")
      .setExpirationTime("2m")
      .sign(createPrivateKey(pair.privateKey));
    const given = await oauth2.requestToken({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion,
    });
    expect(given).toMatchObject({ token_type: "Bearer", instance_url: `https://${HOST}` });
    const conn = client(twin.url, given.access_token);
    expect(await conn.sobject("Case").retrieve(CASE)).toMatchObject({ Id: CASE, Subject: "It rains in" });
    const made = await conn.sobject("Case").create({ Subject: "Again", Status: "New" });
    expect(made).toMatchObject({ success: true, id: expect.stringMatching(/^500/) as unknown });
    const id = made.id ?? "";
    expect(await conn.sobject("Case").update({ Id: id, Status: "Working" })).toMatchObject({ success: true });
    const rows = await conn.sobject("Case").find({ Status: "Working" }, ["Id", "Subject"]).limit(5);
    expect(rows).toMatchObject([{ Id: id, Subject: "Again" }]);
    expect(await conn.query(`SELECT Id FROM Case WHERE Subject = 'again' OR Status = 'New'`)).toMatchObject({
      totalSize: 2,
      done: true,
    });
    const { keyPrefix, fields } = await conn.sobject("Case").describe();
    expect([keyPrefix, fields.map(({ name }) => name)]).toEqual([
      "500",
      ["Id", "CreatedDate", "LastModifiedDate", "Subject", "Status"],
    ]);
    expect(await conn.sobject("Case").destroy(id)).toMatchObject({ success: true });
    expect(twin.count(HOST, "Case")).toBe(1);
    await oauth2.revokeToken(given.access_token);
    expect(await failureOf(conn.sobject("Case").retrieve(CASE))).toEqual([
      "INVALID_SESSION_ID",
      "Session expired or invalid",
    ]);
    expect(twin.requests.map(({ kind }) => kind)).toEqual([
      "mint",
      "resolve",
      "effect",
      "effect",
      "resolve",
      "resolve",
      "resolve",
      "effect",
      "revoke",
      "resolve",
    ]);
  });

  test("throws its own errors for what the twin refuses", async () => {
    await using twin = await startTwin();
    const conn = client(twin.url, twin.token(HOST, "agent@acme.example"));
    const cases = conn.sobject("Case");
    const failures = {
      token: await failureOf(client(twin.url, "unknown").sobject("Case").retrieve(CASE)),
      missing: await failureOf(cases.retrieve(recordId("500000000000009"))),
      malformed: await failureOf(cases.retrieve("500")),
      object: await failureOf(conn.sobject("Account").retrieve(CASE)),
      field: await failureOf(cases.retrieve(CASE, { fields: ["Id", "Secret__c"] })),
      query: await failureOf(conn.query("SELECT Id FROM Case WHERE")),
      required: await failureOf(cases.create({ Status: "New" })),
      long: await failureOf(cases.create({ Subject: "x".repeat(21) })),
      client: await failureOf(
        new OAuth2({ loginUrl: twin.url, clientId: "x" }).requestToken({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          assertion: "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.e30",
        }),
      ),
    };
    expect(Object.fromEntries(Object.entries(failures).map(([name, [code]]) => [name, code]))).toEqual({
      token: "INVALID_SESSION_ID",
      missing: "NOT_FOUND",
      malformed: "MALFORMED_ID",
      object: "NOT_FOUND",
      field: "INVALID_FIELD",
      query: "MALFORMED_QUERY",
      required: "REQUIRED_FIELD_MISSING",
      long: "STRING_TOO_LONG",
      client: "invalid_client_id",
    });
    expect(twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
  });

  test("sends what a look at the outer request alone would let pass, and the twin does it", async () => {
    await using twin = await startTwin();
    const conn = client(twin.url, twin.token(HOST, "agent@acme.example"));
    const inner = { method: "DELETE", url: `/services/data/v62.0/sobjects/case/${CASE.slice(0, 15)}` };
    await conn.requestPost("/services/data/v62.0/composite", {
      compositeRequest: [{ ...inner, referenceId: "a" }],
    });
    expect(twin.record(HOST, CASE)).toBeUndefined();
    expect(twin.requests.map(({ kind, path }) => [kind, path])).toEqual([
      ["effect", "/services/data/v62.0/composite"],
    ]);
  });
});
