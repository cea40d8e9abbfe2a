import { CLOCK_SKEW_SECONDS, TOKEN_TYPES } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { MakeVerifierFixture, VerifierFixture } from "./verifier-fixture.ts";
import { verifierDesk } from "./verifier-desk.ts";

/** Tokens that the issuer's own key signed, and that are for another issuer, broker, time, kind or nobody. */
export function describeStatements(make: MakeVerifierFixture): void {
  describeIssuer(make);
  describeAudience(make);
  describeTimes(make);
  describeKinds(make);
  describeSubject(make);
}

function describeIssuer(make: MakeVerifierFixture): void {
  describe("a token of another issuer", () => {
    const desk = verifierDesk(make);
    test.for<{ because: string; iss: (own: string) => unknown }>([
      { because: "a trailing slash", iss: (own) => `${own}/` },
      { because: "capitals", iss: (own) => own.toUpperCase() },
      { because: "one capital", iss: (own) => own.replace(/[a-z](?=[^a-z]*$)/, (l) => l.toUpperCase()) },
      { because: "another scheme", iss: (own) => own.replace(/^[a-z]+:/, "http:") },
      { because: "a port after it", iss: (own) => `${own}:443` },
      { because: "a user before the host", iss: (own) => own.replace(/:(\/\/)?/, ":$1user@") },
      { because: "a trailing dot", iss: (own) => `${own}.` },
      { because: "a longer name", iss: (own) => `${own}.evil.example` },
      { because: "a path below it", iss: (own) => `${own}/acme` },
      { because: "its name in another's path", iss: (own) => `https://evil.example/${own}` },
      {
        because: "another character where a pattern would have its own",
        iss: (own) => own.replaceAll(/[.:-]/g, "x"),
      },
      { because: "an empty query", iss: (own) => `${own}?` },
      { because: "an empty fragment", iss: (own) => `${own}#` },
      { because: "a space before", iss: (own) => ` ${own}` },
      { because: "a NUL after", iss: (own) => `${own}\u0000` },
      { because: "a letter that looks the same", iss: (own) => own.replace(/[aeo]/, "\u0430") },
      { because: "a list around it", iss: (own) => [own] },
      { because: "an object around it", iss: (own) => ({ url: own }) },
      { because: "nothing in it", iss: () => "" },
      { because: "null in it", iss: () => null },
      { because: "no iss", iss: () => undefined },
    ])("($because) is refused: token_untrusted", ({ iss }) =>
      desk.refused(desk.token({ claims: { iss: iss(desk.fixture().verifier.issuer) } }), "token_untrusted"),
    );
  });
}

function describeAudience(make: MakeVerifierFixture): void {
  describe("a token made for somebody else", () => {
    const desk = verifierDesk(make);
    const other = "https://other.example";
    test.for<{ because: string; aud: (own: string) => unknown }>([
      { because: "no aud", aud: () => undefined },
      { because: "null", aud: () => null },
      { because: "an empty list", aud: () => [] },
      { because: "an empty text", aud: () => "" },
      { because: "the broker and another", aud: (own) => [own, other] },
      { because: "another and the broker", aud: (own) => [other, own] },
      { because: "the broker twice", aud: (own) => [own, own] },
      { because: "a list in a list", aud: (own) => [[own]] },
      { because: "an object", aud: (own) => ({ [own]: true }) },
      { because: "another", aud: () => other },
      { because: "a longer host", aud: (own) => `${own}.evil.example` },
      { because: "a prefix", aud: (own) => own.slice(0, -1) },
      { because: "a trailing slash", aud: (own) => `${own}/` },
      { because: "capitals", aud: (own) => own.toUpperCase() },
      { because: "two in one text", aud: (own) => `${own} ${other}` },
    ])("($because) is refused: token_wrong_audience", ({ aud }) =>
      desk.refused(desk.token({ claims: { aud: aud(desk.fixture().audience) } }), "token_wrong_audience"),
    );

    test("(the right name, in capitals only) is refused: token_wrong_audience", () =>
      desk.refused(
        desk.token({ claims: { aud: undefined, AUD: desk.fixture().audience } }),
        "token_wrong_audience",
      ));

    test("is not what a list with the broker alone is", async () => {
      const { audience, claims } = desk.fixture();
      expect(await desk.accepted({ claims: { aud: [audience] } })).toMatchObject({ subject: claims["sub"] });
    });
  });
}

type Times = (fixture: VerifierFixture) => object;
const skew = CLOCK_SKEW_SECONDS;

function describeTimes(make: MakeVerifierFixture): void {
  describe("a token outside its time", () => {
    const desk = verifierDesk(make);

    test.for<{ because: string; times: Times }>([
      { because: "expired a minute ago", times: ({ now }) => ({ exp: now - 60 }) },
      { because: "expires this very second", times: ({ now }) => ({ exp: now }) },
      { because: "expired in 1970", times: () => ({ exp: 0 }) },
      { because: "issued beyond the skew", times: ({ now }) => ({ iat: now + skew + 1 }) },
      { because: "not before tomorrow", times: ({ now }) => ({ nbf: now + 86_400 }) },
      { because: "not before, beyond the skew", times: ({ now }) => ({ nbf: now + skew + 1 }) },
      {
        because: "lives a second too long",
        times: ({ now, maxLifetimeSeconds }) => ({ iat: now, exp: now + maxLifetimeSeconds + 1 }),
      },
      {
        because: "lived too long, nearly over",
        times: ({ now, maxLifetimeSeconds }) => ({ iat: now - maxLifetimeSeconds, exp: now + 1 }),
      },
      {
        because: "lives too long, without iat",
        times: ({ now, maxLifetimeSeconds }) => ({ iat: undefined, exp: now + maxLifetimeSeconds + 1 }),
      },
    ])("($because) is refused: token_expired", ({ times }) =>
      desk.refused(desk.token({ claims: times(desk.fixture()) }), "token_expired"),
    );

    test.for<{ because: string; times: Times }>([
      { because: "never expires", times: () => ({ exp: undefined }) },
      { because: "EXP only", times: ({ now }) => ({ exp: undefined, EXP: now + 60 }) },
      { because: "exp in milliseconds", times: ({ now }) => ({ exp: (now + 60) * 1_000 }) },
      { because: "exp as text", times: ({ now }) => ({ exp: String(now + 60) }) },
      { because: "exp with a fraction", times: ({ now }) => ({ exp: now + 60.5 }) },
      { because: "exp below zero", times: () => ({ exp: -1 }) },
      { because: "exp null", times: () => ({ exp: null }) },
      { because: "exp in a list", times: ({ now }) => ({ exp: [now + 60] }) },
      { because: "iat as text", times: ({ now }) => ({ iat: String(now) }) },
      { because: "iat below zero", times: () => ({ iat: -1 }) },
      { because: "nbf as text", times: () => ({ nbf: "now" }) },
      { because: "nbf true", times: () => ({ nbf: true }) },
    ])("($because) is refused: token_malformed", ({ times }) =>
      desk.refused(desk.token({ claims: times(desk.fixture()) }), "token_malformed"),
    );

    test.for<{ because: string; times: Times }>([
      { because: "its last second", times: ({ now }) => ({ exp: now + 1 }) },
      {
        because: "an issuer's clock ahead by the skew",
        times: ({ now }) => ({ iat: now + skew, nbf: now + skew }),
      },
      {
        because: "exactly the longest life",
        times: ({ now, maxLifetimeSeconds }) => ({ iat: now, exp: now + maxLifetimeSeconds }),
      },
    ])("is not one with $because", async ({ times }) => {
      const { claims } = desk.fixture();
      expect(await desk.accepted({ claims: times(desk.fixture()) })).toMatchObject({
        subject: claims["sub"],
      });
    });
  });
}

function describeKinds(make: MakeVerifierFixture): void {
  describe("a token of another kind", () => {
    const desk = verifierDesk(make);
    const kinds = [...Object.values(TOKEN_TYPES), "logout+jwt", "secevent+jwt", "JWT+JWT", "JWT ", ""];

    test("is refused: token_wrong_type, though the issuer signed it", async () => {
      const others = kinds.filter((kind) => kind !== desk.fixture().type);
      expect(others.length).toBeGreaterThanOrEqual(kinds.length - 1);
      for (const typ of others) await desk.refused(desk.token({ header: { typ } }), "token_wrong_type");
    });

    test("is one without typ, unless the issuer makes them so", async () => {
      const { typeMayBeAbsent, claims } = desk.fixture();
      const change = { header: { typ: undefined } };
      if (typeMayBeAbsent) expect(await desk.accepted(change)).toMatchObject({ subject: claims["sub"] });
      else await desk.refused(desk.token(change), "token_wrong_type");
    });
  });
}

function describeSubject(make: MakeVerifierFixture): void {
  describe("a token whose subject", () => {
    const desk = verifierDesk(make);
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
      desk.refused(desk.token({ claims: { sub } }), "token_malformed"),
    );
  });
}
