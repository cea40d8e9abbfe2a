import { SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { secretScanner } from "../src/secret-scanner.ts";
import { SECRET } from "./lease-desk.ts";

const credential = new SealedCredential(SECRET);

/** What went on of these pieces, and whether the credential was found in them. */
function scan(pieces: readonly string[], of = credential): { passed: string; found: boolean } {
  const scanner = secretScanner(of);
  let passed = "";
  for (const piece of pieces) {
    const safe = scanner.push(Buffer.from(piece, "latin1"));
    if (safe === undefined) return { passed, found: true };
    passed += Buffer.from(safe).toString("latin1");
  }
  return { passed: passed + Buffer.from(scanner.end()).toString("latin1"), found: false };
}

const lettersOf = (text: string): string[] => text.split("");
const codePoints = lettersOf(SECRET)
  .map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
  .join("");
const percents = lettersOf(SECRET)
  .map((character) => `%${character.charCodeAt(0).toString(16)}`)
  .join("");

describe("the credential is found wherever pieces part it", () => {
  test.for<[string, string]>([
    ["as it is", SECRET],
    ["percent-encoded", encodeURIComponent(SECRET)],
    ["percent-encoded to the last character", percents],
    ["escaped for JSON", SECRET.replaceAll("/", "\\/")],
    ["escaped for JSON to the last character", codePoints],
    ["percent-encoded, and that escaped for JSON", percents.replaceAll("%", "\\u0025")],
    ["in base64, as a password", Buffer.from(`user:${SECRET}`).toString("base64")],
  ])("%s", ([, quoted]) => {
    const text = `{"note":"100% \\\\ ${quoted}"}`;
    const from = text.indexOf(quoted);
    for (let at = 0; at <= text.length; at++) {
      const { passed, found } = scan([text.slice(0, at), text.slice(at)]);
      expect(found, `parted at ${at}`).toBe(true);
      // Nothing that belongs to it went on before; in base64 it begins somewhere within.
      expect(passed.length).toBeLessThanOrEqual(from + 8);
    }
    expect(scan(lettersOf(text)).found).toBe(true);
  });

  test("and the password of a user alone", () => {
    const user = new SealedCredential("agent:canary-pa55word");
    expect(scan(["wrong: canary-p", "a55word"], user).found).toBe(true);
  });
});

test.for([
  'data: {"text":"rk_live_ is how keys begin"}\n\n',
  `${SECRET.slice(0, -1)} is not it`,
  "a backslash at the end \\",
  "an escape at the end \\u00",
  "100%",
  "%4",
  SECRET.slice(0, 5).repeat(40),
  "\\\\\\\\u0072 and \\q \\u00zz %zz",
  "",
])("what is not the credential goes on whole and unchanged: %j", (text) => {
  for (const pieces of [[text], lettersOf(text), [text.slice(0, 7), text.slice(7)]])
    expect(scan(pieces)).toEqual({ passed: text, found: false });
});

test("what could not become the credential goes on at once", () => {
  const scanner = secretScanner(credential);
  const line = "data: one\n\n";
  expect(Buffer.from(scanner.push(Buffer.from(line)) ?? []).toString()).toBe(line);
  expect(Buffer.from(scanner.push(Buffer.from(`data: ${SECRET.slice(0, 9)}`)) ?? []).toString()).toBe(
    "data: ",
  );
});
