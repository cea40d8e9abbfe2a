import { describeVerifier, issuerKey } from "@watchword/conformance";
import { oidc } from "@watchword/identity/oidc";
import { BROKER, LOGIN, NOW, clock, honestClaims } from "./login-service.ts";

const login = {
  now: NOW,
  audience: BROKER,
  maxLifetimeSeconds: 600,
  type: "JWT",
  typeMayBeAbsent: true,
  claims: honestClaims,
};

describeVerifier("users of one login service", async () => {
  const key = issuerKey("ES256", "ec-1");
  const options = { issuer: LOGIN, audience: BROKER, jwks: { keys: [key.jwk] }, clock };
  return { ...login, key, verifier: await oidc({ ...options, maxLifetimeSeconds: 600 }) };
});

describeVerifier("a login service with several keys that name no algorithm", async () => {
  const [key, other] = [issuerKey("RS256", "rsa-1"), issuerKey("ES256", "ec-1")];
  // As the key sets of several large issuers are.
  const jwks = { keys: [key, other].map(({ jwk }) => ({ ...jwk, alg: undefined })) };
  const options = { issuer: LOGIN, audience: BROKER, jwks, clock, maxLifetimeSeconds: 600 };
  return { ...login, key, verifier: await oidc(options) };
});
