import type { IdentityVerifier } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { beforeAll, describe, expect, test } from "vitest";
import {
  BROKER,
  CANARY,
  LOGIN,
  type TokenParts,
  clock,
  encode,
  expectRefusal,
  honestClaims,
  loginKey,
  tokenOf,
} from "./login-service.ts";

const ec = loginKey("ES256", "ec-1");
let users: IdentityVerifier;
beforeAll(async () => {
  users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: { keys: [ec.jwk] }, clock });
});

const malformed = (token: string): Promise<void> => expectRefusal(users, token, "token_malformed");
const honestText = JSON.stringify(honestClaims);
const headerText = JSON.stringify({ alg: "ES256", typ: "JWT", kid: "ec-1" });
/** JSON text with one more member at the end. */
const plus = (text: string, member: string): string => `${text.slice(0, -1)},${member}}`;

test("a header and claims written by hand are accepted, or nothing below would mean anything", async () => {
  expect(await users.verify(tokenOf(ec, { headerText, claimsText: honestText }))).toMatchObject({
    subject: CANARY,
  });
});

describe("a header that changes what the signature means", () => {
  test.for<{ header: string; member: string }>([
    { header: "crit naming what nobody knows", member: '"crit":["x"],"x":1' },
    { header: "crit naming nothing", member: '"crit":[]' },
    { header: "crit naming alg", member: '"crit":["alg"]' },
    { header: "crit twice", member: '"crit":["x"],"crit":["x"]' },
    { header: "an unencoded payload (b64: false)", member: '"crit":["b64"],"b64":false' },
    { header: "b64 without crit", member: '"b64":false' },
    { header: "compression", member: '"zip":"DEF"' },
    { header: "encryption", member: '"enc":"A256GCM"' },
    { header: "a token inside the token (cty: JWT)", member: '"cty":"JWT"' },
    { header: "a member from a product nobody has", member: '"ppt":"shaken"' },
    { header: "alg twice", member: '"alg":"ES256"' },
    { header: "kid twice", member: '"kid":"ec-1"' },
    { header: "alg twice, once spelled with an escape", member: '"\\u0061lg":"none"' },
    { header: "a member named __proto__", member: '"__proto__":{"alg":"none"}' },
    { header: "a typ that is a list", member: '"x5t":"a","typ":["JWT"]' },
  ])("($header) is refused before any cryptography", ({ member }) =>
    malformed(tokenOf(ec, { headerText: plus(headerText, member), claimsText: honestText })),
  );
});

describe("claims that two parsers could read differently", () => {
  const bytes = (before: string, middle: readonly number[], after: string): Uint8Array =>
    Buffer.concat([Buffer.from(before), Buffer.from(middle), Buffer.from(after)]);
  const name = (middle: readonly number[]): Uint8Array =>
    bytes(`${honestText.slice(0, -1)},"name":"`, middle, '"}');

  test.for<{ claims: string; text: string | Uint8Array }>([
    { claims: "with two subjects", text: plus(honestText, '"sub":"admin"') },
    { claims: "with two audiences", text: plus(honestText, `"aud":"${BROKER}"`) },
    { claims: "with two issuers", text: plus(honestText, `"iss":"${LOGIN}"`) },
    { claims: "with two tenants, one deeper", text: plus(honestText, '"app":{"org":"acme","org":"globex"}') },
    { claims: "with two subjects, one by escape", text: plus(honestText, '"s\\u0075b":"admin"') },
    { claims: "with a member __proto__", text: plus(honestText, '"__proto__":{"org_id":"globex"}') },
    { claims: "with a member constructor", text: plus(honestText, '"constructor":{"prototype":{"a":1}}') },
    { claims: "with a member prototype, deeper", text: plus(honestText, '"app":{"prototype":{}}') },
    { claims: "behind a byte order mark", text: bytes("", [0xef, 0xbb, 0xbf], honestText) },
    { claims: "with a raw NUL in a string", text: name([0x61, 0x00]) },
    { claims: "that are not UTF-8", text: name([0xff]) },
    { claims: "with an overlong slash", text: name([0xc0, 0xaf]) },
    { claims: "with half of a surrogate pair in UTF-8", text: name([0xed, 0xa0, 0x80]) },
    { claims: "with half of a surrogate pair by escape", text: plus(honestText, '"name":"\\ud800"') },
    { claims: "with a trailing comma", text: plus(honestText, '"a":1,') },
    { claims: "with a comment", text: plus(honestText, '"a":1/* sub */') },
    { claims: "followed by other claims", text: `${honestText}${honestText}` },
    { claims: "with a number beyond every double", text: plus(honestText, '"amount":1e400') },
    { claims: "with a number that doubles round", text: plus(honestText, '"amount":9007199254740993') },
    { claims: "with a number spelled another way", text: plus(honestText, '"amount":1.0') },
    { claims: "that are a list", text: `[${honestText}]` },
    { claims: "that are a string", text: JSON.stringify(honestText) },
    { claims: "that are null", text: "null" },
    { claims: "that are empty", text: "" },
    { claims: "nested seventeen deep", text: plus(honestText, `"a":${"[".repeat(17)}${"]".repeat(17)}`) },
    {
      claims: "nested four thousand deep",
      text: plus(honestText, `"a":${"[".repeat(4_000)}${"]".repeat(4_000)}`),
    },
  ])("($claims) are refused, though signed by the issuer", async ({ text }) => {
    await malformed(tokenOf(ec, { headerText, claimsText: text }));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { readonly org_id?: string }).org_id).toBeUndefined();
  });
});

describe("a token spelled in a second way", () => {
  const honest = tokenOf(ec);
  const change = (index: number, spell: (part: string) => string): string =>
    honest
      .split(".")
      .map((part, at) => (at === index ? spell(part) : part))
      .join(".");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  /** The same bytes, with a bit set that base64url leaves over at the end. */
  const looseEnd = (part: string): string =>
    part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) ?? "") ^ 1];

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
  )("(its $part with $spelling) is refused", ({ index, spell }) => malformed(change(index, spell)));

  test("(its signature with left-over bits) is refused, so that one token has one text", async () => {
    const token = change(2, looseEnd);
    const [good, bad] = [honest, token].map((text) => Buffer.from(text.split(".")[2] ?? "", "base64url"));
    expect(bad).toEqual(good);
    await malformed(token);
  });

  test.for<{ whole: string; token: () => string }>([
    { whole: "after Bearer", token: () => `Bearer ${honest}` },
    { whole: "after a newline", token: () => `\n${honest}` },
    { whole: "before a newline", token: () => `${honest}\n` },
    { whole: "in quotes", token: () => `"${honest}"` },
    { whole: "with a fourth part", token: () => `${honest}.e30` },
    { whole: "with a fourth part that is empty", token: () => `${honest}.` },
    { whole: "without its header", token: () => honest.slice(honest.indexOf(".")) },
    { whole: "as an empty text", token: () => "" },
    { whole: "as two dots", token: () => ".." },
  ])("($whole) is refused", ({ token }) => malformed(token()));

  test("(not a text at all, from untyped code) is refused", async () => {
    const values: readonly unknown[] = [undefined, null, 7, [honest], { token: honest }];
    for (const value of values)
      await expect(users.verify(value as string)).rejects.toMatchObject({ reason: "token_malformed" });
  });
});

describe("something that is not a compact JWS", () => {
  const [header = "", payload = "", signature = ""] = tokenOf(ec).split(".");

  test.for<{ form: string; token: () => string }>([
    {
      form: "a JWE with a compressed bomb",
      token: () => `${encode({ alg: "dir", enc: "A256GCM", zip: "DEF" })}..AAAA.${"A".repeat(9_000)}.AAAA`,
    },
    {
      form: "a JWE that asks for two billion rounds",
      token: () =>
        `${encode({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 2 ** 31, p2s: "AA" })}.AAAA.AAAA.AAAA.AAAA`,
    },
    {
      form: "an honest token wrapped as JWE",
      token: () => `${encode({ alg: "dir" })}..AAAA.${payload}.AAAA`,
    },
    {
      form: "the flattened JSON form",
      token: () => JSON.stringify({ protected: header, payload, signature }),
    },
    {
      form: "the general JSON form with one good signature of two",
      token: () =>
        JSON.stringify({
          payload,
          signatures: [
            { protected: header, signature },
            { protected: encode({ alg: "none" }), signature: "" },
          ],
        }),
    },
    { form: "an honest token inside another one", token: () => tokenOf(ec, { claimsText: tokenOf(ec) }) },
    { form: "a million dots", token: () => ".".repeat(1_000_000) },
    {
      form: "a header of a megabyte",
      token: () => tokenOf(ec, { header: { kid: "k".repeat(1_000_000) } }),
    },
    { form: "a claim of 200 kB", token: () => tokenOf(ec, { claims: { name: "n".repeat(200_000) } }) },
  ])("($form) is refused", ({ token }) => malformed(token()));

  test("costs little to refuse, however large it is", async () => {
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
});
