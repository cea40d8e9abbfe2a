import { generateKeyPairSync } from "node:crypto";
import { generateSigner, rsaSignerOf, signToken } from "@watchword/core";
import { expect, test } from "vitest";
import { verifyWebIdentity } from "../src/aws/verify-web-identity.ts";
import { verifyJwt } from "../src/oauth/verify-jwt.ts";
import { verifyAccessToken } from "../src/snowflake/verify-access-token.ts";

const ISSUER = "https://federation.example";
const NOW = 1_790_000_000;
const rsa = () =>
  rsaSignerOf(
    "clouds",
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }) as Record<
      string,
      string
    >,
  );
const claims = (aud: string) => ({ iss: ISSUER, sub: "one", aud, iat: NOW, nbf: NOW, exp: NOW + 60 });

test("a token signed RS256 is taken by every twin that trusts an issuer, by its own key alone", async () => {
  const [signer, thief, own] = [await rsa(), await rsa(), await generateSigner("clouds")];
  const keys = [{ ...signer.publicJwk, kid: "clouds" }];
  // Entra and Google check by this one.
  const accepted = async (by: Parameters<typeof signToken>[0], header?: object): Promise<unknown[]> => {
    const of = async (aud: string): Promise<string> => {
      const token = await signToken(by, "JWT", claims(aud));
      return header === undefined
        ? token
        : token.replace(/^[^.]+/, Buffer.from(JSON.stringify(header)).toString("base64url"));
    };
    const role = { trust: { issuer: ISSUER } } as unknown as Parameters<typeof verifyWebIdentity>[1];
    const user = { name: "ONE", roles: [] };
    const integration = { issuer: ISSUER, keys: async () => ({ keys }) };
    const account = { integration, users: { one: user }, roles: {}, tables: {}, statements: {} };
    const answers = await Promise.allSettled([
      of("a").then((token) => verifyJwt(token, keys) ?? Promise.reject(new Error("refused"))),
      of("a").then((token) =>
        verifyWebIdentity({ issuers: [{ issuer: ISSUER, keys }] }, role, token, NOW * 1_000),
      ),
      of("https://acme.snowflakecomputing.com").then((token) =>
        verifyAccessToken({ acme: account }, token, { now: () => NOW * 1_000 }),
      ),
    ]);
    return answers.map(({ status }) => status);
  };
  expect(await accepted(signer)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  const refused = ["rejected", "rejected", "rejected"];
  expect(await accepted(thief), "another key by the same name").toEqual(refused);
  expect(await accepted(own), "ES256 by the same name").toEqual(refused);
  expect(await accepted(signer, { alg: "ES256", typ: "JWT", kid: "clouds" })).toEqual(refused);
});
