import { describe, expect, test } from "vitest";
import { encodePart } from "./sign-compact.ts";
import { verifierDesk } from "./verifier-desk.ts";
import type { MakeVerifierFixture } from "./verifier-fixture.ts";

/** JSON text with one more member at the end. */
const plus = (text: string, member: string): string => `${text.slice(0, -1)},${member}}`;

/** Texts that two readers could take for two things. All of them are refused before any cryptography. */
export function describeForms(make: MakeVerifierFixture): void {
  describeHeaders(make);
  describeClaimTexts(make);
  describeSpellings(make);
  describeOtherForms(make);
}

function describeHeaders(make: MakeVerifierFixture): void {
  describe("a header that changes what the signature means", () => {
    const desk = verifierDesk(make);

    test("is not one written by hand, or nothing below would mean anything", async () => {
      const texts = { headerText: desk.headerText(), claimsText: desk.claimsText() };
      expect(await desk.accepted(texts)).toMatchObject({ subject: desk.fixture().claims["sub"] });
    });

    test.for<{ header: string; member: string }>([
      { header: "crit naming what nobody knows", member: '"crit":["x"],"x":1' },
      { header: "crit naming nothing", member: '"crit":[]' },
      { header: "crit naming alg", member: '"crit":["alg"]' },
      { header: "crit naming a known extension", member: '"crit":["exp"],"exp":1' },
      { header: "crit twice", member: '"crit":["x"],"crit":["x"]' },
      { header: "an unencoded payload (b64: false)", member: '"crit":["b64"],"b64":false' },
      { header: "b64 without crit", member: '"b64":false' },
      { header: "b64 as it is anyway", member: '"crit":["b64"],"b64":true' },
      { header: "compression", member: '"zip":"DEF"' },
      { header: "encryption", member: '"enc":"A256GCM"' },
      { header: "a token inside the token (cty: JWT)", member: '"cty":"JWT"' },
      { header: "a member from a product nobody has", member: '"ppt":"shaken"' },
      { header: "alg twice", member: '"alg":"ES256"' },
      { header: "kid twice", member: '"kid":"any"' },
      { header: "alg twice, once spelled with an escape", member: '"\\u0061lg":"none"' },
      { header: "a member named __proto__", member: '"__proto__":{"alg":"none"}' },
    ])("($header) is refused: token_malformed", ({ member }) =>
      desk.refused(desk.token({ headerText: plus(desk.headerText(), member) }), "token_malformed"),
    );

    test("(a typ that is a list) is refused: token_malformed", () =>
      desk.refused(desk.token({ header: { typ: [desk.fixture().type] } }), "token_malformed"));
  });
}

function describeClaimTexts(make: MakeVerifierFixture): void {
  describe("claims that two parsers could read differently", () => {
    const desk = verifierDesk(make);
    type Text = (honest: string) => string | Uint8Array;
    const withName =
      (middle: readonly number[]): Text =>
      (honest) =>
        Buffer.concat([
          Buffer.from(`${honest.slice(0, -1)},"name":"`),
          Buffer.from(middle),
          Buffer.from('"}'),
        ]);
    const withMember =
      (member: string): Text =>
      (honest) =>
        plus(honest, member);

    test.for<{ claims: string; text: Text }>([
      { claims: "with two subjects", text: withMember('"sub":"admin"') },
      { claims: "with two audiences", text: withMember('"aud":"https://broker.example"') },
      { claims: "with two issuers", text: withMember('"iss":"https://login.example"') },
      { claims: "with two ends", text: withMember('"exp":99999999999') },
      { claims: "with two tenants, one deeper", text: withMember('"app":{"org":"acme","org":"globex"}') },
      { claims: "with two subjects, one by escape", text: withMember('"s\\u0075b":"admin"') },
      { claims: "with a member __proto__", text: withMember('"__proto__":{"org_id":"globex"}') },
      { claims: "with a member constructor", text: withMember('"constructor":{"prototype":{"a":1}}') },
      { claims: "with a member prototype, deeper", text: withMember('"app":{"prototype":{}}') },
      {
        claims: "behind a byte order mark",
        text: (honest) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(honest)]),
      },
      { claims: "with a raw NUL in a string", text: withName([0x61, 0x00]) },
      { claims: "that are not UTF-8", text: withName([0xff]) },
      { claims: "with an overlong slash", text: withName([0xc0, 0xaf]) },
      { claims: "with half of a surrogate pair in UTF-8", text: withName([0xed, 0xa0, 0x80]) },
      { claims: "with half of a surrogate pair by escape", text: withMember('"name":"\\ud800"') },
      { claims: "with a trailing comma", text: withMember('"a":1,') },
      { claims: "with a comment", text: withMember('"a":1/* sub */') },
      { claims: "followed by other claims", text: (honest) => `${honest}${honest}` },
      { claims: "with a number beyond every double", text: withMember('"amount":1e400') },
      { claims: "with a number that doubles round", text: withMember('"amount":9007199254740993') },
      { claims: "with a number spelled another way", text: withMember('"amount":1.0') },
      { claims: "that are a list", text: (honest) => `[${honest}]` },
      { claims: "that are a string", text: (honest) => JSON.stringify(honest) },
      { claims: "that are null", text: () => "null" },
      { claims: "that are empty", text: () => "" },
      { claims: "nested seventeen deep", text: withMember(`"a":${"[".repeat(17)}${"]".repeat(17)}`) },
      {
        claims: "nested four thousand deep",
        text: withMember(`"a":${"[".repeat(4_000)}${"]".repeat(4_000)}`),
      },
    ])("($claims) are refused: token_malformed, though signed by the issuer", async ({ text }) => {
      await desk.refused(desk.token({ claimsText: text(desk.claimsText()) }), "token_malformed");
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as { readonly org_id?: string }).org_id).toBeUndefined();
    });
  });
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function describeSpellings(make: MakeVerifierFixture): void {
  describe("a token spelled in a second way", () => {
    const desk = verifierDesk(make);
    const change = (index: number, spell: (part: string) => string): string =>
      desk
        .token()
        .split(".")
        .map((part, at) => (at === index ? spell(part) : part))
        .join(".");

    test.for(
      ["header", "claims", "signature"].flatMap((part, index) =>
        Object.entries({
          "a space before": (text: string) => ` ${text}`,
          "a space after": (text: string) => `${text} `,
          "a newline inside": (text: string) => `${text.slice(0, 5)}\n${text.slice(5)}`,
          padding: (text: string) => `${text}=`,
          "a plus": (text: string) => `+${text.slice(1)}`,
          "a slash": (text: string) => `/${text.slice(1)}`,
          "a percent escape": (text: string) => `%41${text}`,
          "a letter that only looks like one": (text: string) => `\u0430${text.slice(1)}`,
        }).map(([spelling, spell]) => ({ part, spelling, index, spell })),
      ),
    )("(its $part with $spelling) is refused: token_malformed", ({ index, spell }) =>
      desk.refused(change(index, spell), "token_malformed"),
    );

    test("(its signature with left-over bits) is refused, so that one token has one text", async () => {
      const token = desk.token();
      const [last = ""] = token.slice(-1);
      const loose = token.slice(0, -1) + ALPHABET[ALPHABET.indexOf(last) ^ 1];
      const bytes = (text: string): Buffer => Buffer.from(text.split(".")[2] ?? "", "base64url");
      // 64 and 256 bytes both leave bits over; a length that leaves none could not be spelled twice.
      if (bytes(token).length % 3 === 0) return;
      expect(bytes(loose)).toEqual(bytes(token));
      await desk.refused(loose, "token_malformed");
    });

    test.for<{ whole: string; token: (honest: string) => string }>([
      { whole: "after Bearer", token: (honest) => `Bearer ${honest}` },
      { whole: "after a newline", token: (honest) => `\n${honest}` },
      { whole: "before a newline", token: (honest) => `${honest}\n` },
      { whole: "in quotes", token: (honest) => `"${honest}"` },
      { whole: "with a fourth part", token: (honest) => `${honest}.e30` },
      { whole: "with a fourth part that is empty", token: (honest) => `${honest}.` },
      { whole: "without its header", token: (honest) => honest.slice(honest.indexOf(".")) },
      { whole: "as an empty text", token: () => "" },
      { whole: "as two dots", token: () => ".." },
    ])("($whole) is refused: token_malformed", ({ token }) =>
      desk.refused(token(desk.token()), "token_malformed"),
    );

    test("(not a text at all, from untyped code) is refused: token_malformed", async () => {
      const { verifier } = desk.fixture();
      const values: readonly unknown[] = [undefined, null, 7, [desk.token()], { token: desk.token() }];
      for (const value of values)
        await expect(verifier.verify(value as string)).rejects.toMatchObject({ reason: "token_malformed" });
    });
  });
}

function describeOtherForms(make: MakeVerifierFixture): void {
  describe("something that is not a compact JWS", () => {
    const desk = verifierDesk(make);
    test.for<{ form: string; token: (parts: readonly string[]) => string }>([
      {
        form: "a JWE with a compressed bomb",
        token: () =>
          `${encodePart({ alg: "dir", enc: "A256GCM", zip: "DEF" })}..AAAA.${"A".repeat(9_000)}.AAAA`,
      },
      {
        form: "a JWE that asks for two billion rounds",
        token: () =>
          `${encodePart({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 2 ** 31, p2s: "AA" })}.AAAA.AAAA.AAAA.AAAA`,
      },
      {
        form: "an honest token wrapped as JWE",
        token: ([, claims]) => `${encodePart({ alg: "dir" })}..AAAA.${claims}.AAAA`,
      },
      {
        form: "the flattened JSON form",
        token: ([header, payload, signature]) => JSON.stringify({ protected: header, payload, signature }),
      },
      {
        form: "the general JSON form with one good signature of two",
        token: ([header, payload, signature]) =>
          JSON.stringify({
            payload,
            signatures: [
              { protected: header, signature },
              { protected: encodePart({ alg: "none" }), signature: "" },
            ],
          }),
      },
      {
        form: "an honest token inside another one",
        token: (parts) => desk.token({ claimsText: parts.join(".") }),
      },
      { form: "a million dots", token: () => ".".repeat(1_000_000) },
      {
        form: "a header of a megabyte",
        token: () => desk.token({ header: { kid: "k".repeat(1_000_000) } }),
      },
      { form: "a claim of 200 kB", token: () => desk.token({ claims: { name: "n".repeat(200_000) } }) },
    ])("($form) is refused: token_malformed", ({ token }) =>
      desk.refused(token(desk.token().split(".")), "token_malformed"),
    );
  });
}
