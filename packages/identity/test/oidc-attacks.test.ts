import { type IssuerKey, issuerKey } from "@watchword/conformance";
import type { IdentityVerifier } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { beforeAll, describe, expect, test } from "vitest";
import { BROKER, CANARY, LOGIN, clock, expectRefusal, tokenOf } from "./login-service.ts";

// Every other forgery is in the contract of verifiers (*.contract.test.ts); these need an issuer with several keys.
const rsa = issuerKey("RS256", "rsa-1");
const ec = issuerKey("ES256", "ec-1");
const edwards = issuerKey("Ed25519", "edwards-1");
const otherCurve = issuerKey("ES384", "ec-1");

let users: IdentityVerifier;
beforeAll(async () => {
  // The key set names no algorithms, as those of several large issuers do not.
  const keys = [rsa, ec, edwards].map(({ jwk }) => ({ ...jwk, alg: undefined }));
  users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys }, clock });
});

describe("with several keys of an issuer", () => {
  test.for([rsa, ec])("an honest token of $alg is accepted", async (key) => {
    expect(await users.verify(tokenOf(key))).toMatchObject({ issuer: LOGIN, subject: CANARY });
  });

  test.for<{ attack: string; key: IssuerKey; header?: object }>([
    { attack: "Ed25519, by a key of the issuer, where the configuration does not list it", key: edwards },
    { attack: "ES384 on another curve, under the id of a P-256 key", key: otherCurve },
    { attack: "ES256 by name, made on another curve", key: { ...otherCurve, alg: "ES256" } },
    { attack: "RS256 under the id of an EC key", key: { ...rsa, kid: ec.kid } },
    { attack: "the id of another key of the issuer in capitals", key: { ...rsa, kid: "RSA-1" } },
    { attack: "no key id, to have every key tried", key: rsa, header: { kid: undefined } },
  ])("$attack, is refused: token_untrusted", ({ key, header = {} }) =>
    expectRefusal(users, tokenOf(key, { header }), "token_untrusted"),
  );
});
