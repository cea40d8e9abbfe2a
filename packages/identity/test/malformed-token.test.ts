import { issuerKey } from "@watchword/conformance";
import { oidc } from "@watchword/identity/oidc";
import { expect, test } from "vitest";
import { BROKER, LOGIN, type TokenParts, clock, tokenOf } from "./login-service.ts";

// What a malformed token is, the contract of verifiers says (*.contract.test.ts); here what refusing it costs.
test("a token costs little to refuse, however large it is", async () => {
  const ec = issuerKey("ES256", "ec-1");
  const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys: [ec.jwk] }, clock });
  const bombs: TokenParts[] = [
    { header: { x: "x".repeat(1_000_000) } },
    { claims: { x: "x".repeat(1_000_000) } },
  ];
  const tokens = [...bombs.map((bomb) => tokenOf(ec, bomb)), ".".repeat(1_000_000), "A".repeat(1_000_000)];
  const before = performance.now();
  for (let index = 0; index < 250; index++)
    for (const token of tokens)
      await expect(users.verify(token)).rejects.toMatchObject({ reason: "token_malformed" });
  // A thousand refusals; parsing or splitting what is too large would take many seconds.
  expect(performance.now() - before).toBeLessThan(2_000);
});
