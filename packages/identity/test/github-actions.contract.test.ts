import { describeVerifier } from "@watchword/conformance";
import { githubActions } from "@watchword/identity/github-actions";
import { actionsKey, jobClaims } from "./actions-token.ts";
import { BROKER, NOW, clock } from "./login-service.ts";

describeVerifier("jobs of GitHub Actions", async () => ({
  verifier: await githubActions({ audience: BROKER, jwks: { keys: [actionsKey.jwk] }, clock }),
  now: NOW,
  audience: BROKER,
  maxLifetimeSeconds: 900,
  key: actionsKey,
  type: "JWT",
  typeMayBeAbsent: true,
  claims: jobClaims,
}));
