import {
  type Signer,
  SealedCredential,
  generateSigner,
  numericDate,
  signToken,
  systemClock,
} from "@watchword/core";
import { type SnowflakeTwin, snowflakeTwin } from "@watchword/emulators/snowflake";
import snowflake from "snowflake-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCOUNT, FEDERATION, ORIGIN, warehouseAccount } from "./snowflake-world.ts";

/** The stock driver as a witness: what it takes for a login of Snowflake's, and for its refusals. */
let twin: SnowflakeTwin;
let signer: Signer;
beforeAll(async () => {
  snowflake.configure({ logLevel: "OFF" });
  signer = await generateSigner();
  const keys = async () => ({ keys: [{ ...signer.publicJwk, kid: signer.keyId, alg: "ES256", use: "sig" }] });
  twin = await snowflakeTwin({ accounts: { [ACCOUNT]: warehouseAccount(keys) } });
});
afterAll(() => twin.close());

async function token(key: Signer, more: object = {}): Promise<SealedCredential> {
  const now = numericDate(systemClock);
  const claims = {
    iss: FEDERATION,
    sub: "tenant:acme:system:warehouse",
    aud: ORIGIN,
    iat: now,
    nbf: now,
    exp: now + 60,
    scp: ["session:role:AGENT_RO"],
    ...more,
  };
  return new SealedCredential(await signToken(key, "JWT", claims));
}

/** Logs the stock driver in; the code of its error, or `undefined`. */
async function login(credential: SealedCredential, role = "AGENT_RO"): Promise<string | number | undefined> {
  const connection = credential.open((text) =>
    snowflake.createConnection({
      account: ACCOUNT,
      accessUrl: twin.url,
      authenticator: "OAUTH",
      token: text,
      role,
    }),
  );
  return new Promise((resolve) => connection.connect((error) => resolve(error?.code)));
}

describe("the stock driver", () => {
  test("logs in with a token of an issuer that the account trusts, under the one role that it names", async () => {
    expect(await login(await token(signer))).toBeUndefined();
    expect(twin.requests.findLast(({ kind }) => kind === "login")).toMatchObject({
      account: ACCOUNT,
      user: "WATCHWORD_ACME",
      role: "AGENT_RO",
    });
  });

  test("is refused with Snowflake's codes: a stranger's token, another account's, one that is over, a role that it does not name", async () => {
    const codes = [
      await login(await token(await generateSigner())),
      await login(await token(signer, { aud: "https://globex-prod.snowflakecomputing.com" })),
      await login(await token(signer, { exp: numericDate(systemClock) - 1 })),
      await login(await token(signer), "AGENT_RW"),
    ];
    expect(codes).toEqual(["390303", "390303", "390318", "390317"]);
  });
});
