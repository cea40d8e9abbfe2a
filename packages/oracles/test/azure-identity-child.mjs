import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { ClientAssertionCredential } from "@azure/identity";

const { url, directory, client, scope, issuer, audience, key } = JSON.parse(
  process.env.WATCHWORD_TEST_ENTRA ?? "",
);

/** As the broker's federation issuer signs. */
async function assertion() {
  const iat = Math.floor(Date.now() / 1_000);
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = {
    iss: issuer,
    sub: "tenant:acme:system:shop",
    aud: audience,
    iat,
    exp: iat + 60,
    jti: randomUUID(),
  };
  const input = `${encode({ alg: "ES256", typ: "JWT", kid: "1" })}.${encode(claims)}`;
  const signing = { key: createPrivateKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${input}.${sign("sha256", Buffer.from(input), signing).toString("base64url")}`;
}

const credential = new ClientAssertionCredential(directory, client, assertion, {
  authorityHost: url,
  disableInstanceDiscovery: true,
  retryOptions: { maxRetries: 0 },
});
const answer = await credential.getToken(scope).then(
  ({ token }) => ({ token }),
  (error) => ({ error: error.message }),
);
process.stdout.write(JSON.stringify(answer));
