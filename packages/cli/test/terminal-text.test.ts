import { describe, expect, test } from "vitest";
import { jsonText, terminalText } from "../src/terminal-text.ts";

const HOSTILE = "a\u001b[31mred\r\nALLOW\u202e\u2066\u200b\u00ad\u2028\u009b1m\u{e0041}\ud800";

describe("what was recorded", () => {
  test("moves no cursor, hides nothing and turns no writing on a terminal", () => {
    expect(terminalText(HOSTILE)).toBe(
      "a\\u{1b}[31mred\\u{d}\\u{a}ALLOW\\u{202e}\\u{2066}\\u{200b}\\u{ad}\\u{2028}\\u{9b}1m\\u{e0041}\\u{d800}",
    );
  });

  test("stays readable: letters, signs and marks of any language are left alone", () => {
    for (const text of ["refund für €5 · 返金", "עברית", "✓ 👍 e\u0301"])
      expect(terminalText(text)).toBe(text);
  });

  test("is the same value in JSON, and as harmless there", () => {
    const text = jsonText({ [HOSTILE]: [HOSTILE], list: [1, "x"] });
    expect(JSON.parse(text)).toEqual({ [HOSTILE]: [HOSTILE], list: [1, "x"] });
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });
});
