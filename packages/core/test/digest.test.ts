import { digestOf, randomToken, sha256 } from "@watchword/core";
import { describe, expect, test } from "vitest";

describe("a digest", () => {
  test.for([
    ["", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"],
    ["abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"],
  ] as const)("of %j is the SHA-256 of FIPS 180-4 as unpadded base64url", ([text, digest]) => {
    expect(sha256(text)).toBe(digest);
    expect(sha256(new TextEncoder().encode(text))).toBe(digest);
  });

  test("of text is the digest of its UTF-8 bytes", () => {
    expect(sha256("\u{1f600}é")).toBe(sha256(Uint8Array.of(0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xa9)));
  });

  test("of a value is the digest of its canonical text", () => {
    expect(digestOf({ b: 1, a: "x" })).toBe(sha256('{"a":"x","b":1}'));
    expect(digestOf({ a: "x", b: 1 })).toBe(digestOf({ b: 1, a: "x" }));
    expect(() => digestOf({ a: 0.5 })).toThrow(TypeError);
  });
});

describe("a random token", () => {
  test.for([
    [16, 22],
    [32, 43],
  ] as const)("of %i bytes is %i characters of base64url and never comes twice", ([bytes, characters]) => {
    const tokens = Array.from({ length: 2_000 }, () => randomToken(bytes));
    expect(new Set(tokens).size).toBe(2_000);
    for (const token of tokens) expect(token).toMatch(new RegExp(`^[A-Za-z0-9_-]{${characters}}$`));
  });
});
