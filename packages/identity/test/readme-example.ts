import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { directory, login } from "./readme-parts.ts";

const audience = "https://broker.example";

// users: the issuer's public keys are given, and never asked for
const users = await oidc({
  issuer: "https://login.example",
  audience,
  jwks: login.jwks,
  algorithms: ["ES256"],
});
const dana = await users.verify(
  await login.idToken({ subject: "dana", audience, claims: { org_id: "acme" } }),
);
console.log(dana.subject, dana.claims["org_id"]); // dana acme

const forTheApp = await login.idToken({ subject: "dana", audience: "https://app.example" });
await users.verify(forTheApp).catch((refusal) => console.log(refusal.reason)); // token_wrong_audience

// workloads, on a developer's machine: a key on the disk; production refuses its verifier
const workload = await localKeySource({ directory, audience, subject: "support-runtime" });
const workloads = await localKeyVerifier({ directory, audience });
console.log((await workloads.verify(await workload.token())).subject); // support-runtime
console.log(workloads.developmentOnly); // true
