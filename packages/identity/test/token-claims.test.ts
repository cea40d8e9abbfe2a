import { CLOCK_SKEW_SECONDS, type IdentityVerifier, type Reason, TOKEN_TYPES } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { beforeAll, describe, expect, test } from "vitest";
import { BROKER, CANARY, LOGIN, NOW, clock, expectRefusal, loginKey, tokenOf } from "./login-service.ts";

const ec = loginKey("ES256", "ec-1");
let users: IdentityVerifier;
beforeAll(async () => {
  users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys: [ec.jwk] }, clock });
});

describe("a token of another issuer", () => {
  test.for<{ iss: unknown; because: string }>([
    { iss: `${LOGIN}/`, because: "a trailing slash" },
    { iss: LOGIN.toUpperCase(), because: "capitals" },
    { iss: LOGIN.replace("https://login", "https://Login"), because: "one capital in the host" },
    { iss: LOGIN.replace("https", "HTTPS"), because: "a scheme in capitals" },
    { iss: LOGIN.replace("https", "http"), because: "http" },
    { iss: `${LOGIN}:443`, because: "the default port" },
    { iss: LOGIN.replace("//", "//user@"), because: "a user before the host" },
    { iss: `${LOGIN}.`, because: "a trailing dot" },
    { iss: `${LOGIN}.evil.example`, because: "a longer host" },
    { iss: `https://evil.example/${LOGIN}`, because: "the name in the path" },
    { iss: LOGIN.replaceAll(".", "-"), because: "another character where a pattern would have a dot" },
    { iss: `${LOGIN}?`, because: "an empty query" },
    { iss: `${LOGIN}#`, because: "an empty fragment" },
    { iss: ` ${LOGIN}`, because: "a space before" },
    { iss: `${LOGIN}\u0000`, because: "a NUL after" },
    { iss: LOGIN.replace("o", "\u043e"), because: "a letter that looks the same" },
    { iss: [LOGIN], because: "a list around it" },
    { iss: { url: LOGIN }, because: "an object around it" },
    { iss: "", because: "nothing in it" },
    { iss: null, because: "null in it" },
    { iss: undefined, because: "no iss" },
  ])("($because) is refused: token_untrusted", ({ iss }) =>
    expectRefusal(users, tokenOf(ec, { claims: { iss } }), "token_untrusted"),
  );
});

describe("a token made for somebody else", () => {
  test.for<{ aud: unknown; because: string }>([
    { aud: undefined, because: "no aud" },
    { aud: null, because: "null" },
    { aud: [], because: "an empty list" },
    { aud: "", because: "an empty text" },
    { aud: [BROKER, "https://other.example"], because: "the broker and another" },
    { aud: ["https://other.example", BROKER], because: "another and the broker" },
    { aud: [BROKER, BROKER], because: "the broker twice" },
    { aud: [[BROKER]], because: "a list in a list" },
    { aud: { [BROKER]: true }, because: "an object" },
    { aud: "https://other.example", because: "another" },
    { aud: `${BROKER}.evil.example`, because: "a longer host" },
    { aud: BROKER.slice(0, -1), because: "a prefix" },
    { aud: `${BROKER}/`, because: "a trailing slash" },
    { aud: BROKER.toUpperCase(), because: "capitals" },
    { aud: `${BROKER} https://other.example`, because: "two in one text" },
  ])("($because) is refused: token_wrong_audience", ({ aud }) =>
    expectRefusal(users, tokenOf(ec, { claims: { aud } }), "token_wrong_audience"),
  );

  test("(the right name, in capitals only) is refused: token_wrong_audience", () =>
    expectRefusal(users, tokenOf(ec, { claims: { aud: undefined, AUD: BROKER } }), "token_wrong_audience"));

  test("is not what a list with the broker alone is", async () => {
    expect(await users.verify(tokenOf(ec, { claims: { aud: [BROKER] } }))).toMatchObject({ subject: CANARY });
  });
});

describe("a token outside its time", () => {
  const skew = CLOCK_SKEW_SECONDS;

  test.for<{ because: string; reason: Reason; claims: object }>([
    { because: "expired an hour ago", reason: "token_expired", claims: { exp: NOW - 3_600 } },
    { because: "expires this very second", reason: "token_expired", claims: { exp: NOW } },
    { because: "expired in 1970", reason: "token_expired", claims: { exp: 0 } },
    { because: "issued beyond the skew", reason: "token_expired", claims: { iat: NOW + skew + 1 } },
    { because: "not before tomorrow", reason: "token_expired", claims: { nbf: NOW + 86_400 } },
    { because: "not before, beyond the skew", reason: "token_expired", claims: { nbf: NOW + skew + 1 } },
    { because: "lives over a day", reason: "token_expired", claims: { exp: NOW + 86_401 } },
    {
      because: "lived over a day, nearly over",
      reason: "token_expired",
      claims: { iat: NOW - 86_400, exp: NOW + 1 },
    },
    {
      because: "lives over a day, without iat",
      reason: "token_expired",
      claims: { iat: undefined, exp: NOW + 86_401 },
    },
    { because: "never expires", reason: "token_malformed", claims: { exp: undefined } },
    { because: "EXP only", reason: "token_malformed", claims: { exp: undefined, EXP: NOW + 60 } },
    { because: "exp in milliseconds", reason: "token_malformed", claims: { exp: (NOW + 60) * 1_000 } },
    { because: "exp as text", reason: "token_malformed", claims: { exp: String(NOW + 60) } },
    { because: "exp with a fraction", reason: "token_malformed", claims: { exp: NOW + 60.5 } },
    { because: "exp below zero", reason: "token_malformed", claims: { exp: -1 } },
    { because: "exp null", reason: "token_malformed", claims: { exp: null } },
    { because: "exp in a list", reason: "token_malformed", claims: { exp: [NOW + 60] } },
    { because: "iat as text", reason: "token_malformed", claims: { iat: String(NOW) } },
    { because: "iat below zero", reason: "token_malformed", claims: { iat: -1 } },
    { because: "nbf as text", reason: "token_malformed", claims: { nbf: "now" } },
    { because: "nbf true", reason: "token_malformed", claims: { nbf: true } },
  ])("($because) is refused: $reason", ({ claims, reason }) =>
    expectRefusal(users, tokenOf(ec, { claims }), reason),
  );

  test.for<{ because: string; claims: object }>([
    { because: "its last second", claims: { exp: NOW + 1 } },
    { because: "a clock that is ahead by the skew", claims: { iat: NOW + skew, nbf: NOW + skew } },
    { because: "a life of exactly a day", claims: { exp: NOW + 86_400 } },
    { because: "no iat", claims: { iat: undefined } },
  ])("is not one with $because", async ({ claims }) => {
    expect(await users.verify(tokenOf(ec, { claims }))).toMatchObject({ subject: CANARY });
  });
});

describe("a token of another kind", () => {
  test.for([
    ...Object.values(TOKEN_TYPES),
    "at+jwt",
    "logout+jwt",
    "secevent+jwt",
    "agent-delegation+jwt",
    "JWT+JWT",
    "JWT ",
    "",
  ])("(typ %j) is refused: token_wrong_type, though the issuer signed it", (typ) =>
    expectRefusal(users, tokenOf(ec, { header: { typ } }), "token_wrong_type"),
  );

  test("is not one without typ, as older issuers make them", async () => {
    expect(await users.verify(tokenOf(ec, { header: { typ: undefined } }))).toMatchObject({ issuer: LOGIN });
  });
});

describe("a token whose subject", () => {
  test.for<{ sub: unknown; is: string }>([
    { sub: undefined, is: "is missing" },
    { sub: "", is: "is empty" },
    { sub: null, is: "is null" },
    { sub: 7, is: "is a number" },
    { sub: true, is: "is true" },
    { sub: ["dana"], is: "is a list" },
    { sub: { id: "dana" }, is: "is an object" },
    { sub: "d".repeat(256), is: "is longer than OpenID Connect allows" },
  ])("$is, is refused: token_malformed", ({ sub }) =>
    expectRefusal(users, tokenOf(ec, { claims: { sub } }), "token_malformed"),
  );

  test("is repeated in capitals with another name, is the one in the right spelling", async () => {
    const identity = await users.verify(tokenOf(ec, { claims: { Sub: "admin", SUB: "admin" } }));
    expect(identity.subject).toBe(CANARY);
  });
});
