import { decodeBase64url, readCompactJws } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import { unsignedToken } from "./forge-token.ts";

describe("base64url", () => {
  const good = unsignedToken({ alg: "ES256", typ: "agent-run+jwt" }, { iat: 1 });

  test.for([
    ["padding", (token: string) => `${token}==`],
    ["padding within", (token: string) => token.replace(".", "=.")],
    ["a space before", (token: string) => ` ${token}`],
    ["a space behind", (token: string) => `${token} `],
    ["a line behind", (token: string) => `${token}\n`],
    ["a line within", (token: string) => token.replace(".", "\n.")],
    ["a tab within", (token: string) => token.replace(".", ".\t")],
    ["plus", (token: string) => token.replace("A", "+")],
    ["a slash", (token: string) => token.replace("A", "/")],
    ["percent", (token: string) => token.replace(".", "%2E.")],
    ["a letter outside of ASCII", (token: string) => token.replace("A", "\u0391")],
    ["a NUL", (token: string) => `${token}\u0000`],
    ["Bearer before it", (token: string) => `Bearer ${token}`],
  ] as const)("with %s is refused", ([, change]) => {
    expect(change(good)).not.toBe(good);
    expectRefusal("token_malformed", () => readCompactJws(change(good)));
  });

  test("has one text for one byte string: every other spelling of its last bits is refused", () => {
    for (const byte of [0, 1, 127, 255]) {
      const text = Buffer.from([byte]).toString("base64url");
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const accepted = alphabet.split("").filter((last) => isDecodable(`${text.slice(0, 1)}${last}`));
      expect(accepted).toHaveLength(4);
      const sameByte = accepted.filter((last) => decodeBase64url(`${text.slice(0, 1)}${last}`)[0] === byte);
      expect(sameByte).toEqual([text.slice(1)]);
    }
    for (const last of ["AAB", "A"]) {
      const refusal = expectRefusal("token_malformed", () => readCompactJws(good.slice(0, -4) + last));
      expect(refusal.message).toContain("not canonical");
    }
  });

  test("reads back every byte string, and only from its own text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(new Uint8Array(decodeBase64url(Buffer.from(bytes).toString("base64url")))).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        if (isDecodable(text)) expect(decodeBase64url(text).toString("base64url")).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

function isDecodable(text: string): boolean {
  try {
    decodeBase64url(text);
    return true;
  } catch {
    return false;
  }
}
