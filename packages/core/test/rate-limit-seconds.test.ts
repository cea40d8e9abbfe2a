import { rateLimitSeconds } from "@watchword/core";
import { describe, expect, test } from "vitest";

const NOW = Date.parse("2026-11-25T10:00:00Z");
const SECONDS = NOW / 1_000;

const secondsOf = (status: number, headers: Record<string, string> = {}) =>
  rateLimitSeconds({ status, header: (name) => headers[name] }, NOW);

describe("a system that says too much", () => {
  test.for<[what: string, status: number, headers: Record<string, string>, seconds: number]>([
    ["in seconds", 429, { "retry-after": "17" }, 17],
    ["by a date", 429, { "retry-after": "Wed, 25 Nov 2026 10:00:30 GMT" }, 30],
    ["by when its window begins anew", 429, { "x-ratelimit-reset": String(SECONDS + 900) }, 900],
    ["in seconds, which go before its window", 429, { "retry-after": "5", "x-ratelimit-reset": "1" }, 5],
    ["with 403 and a time", 403, { "retry-after": "60" }, 60],
    [
      "with 403 and nothing left",
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(SECONDS + 7) },
      7,
    ],
    ["with 503 and a time", 503, { "retry-after": "3" }, 3],
    ["not for how long", 429, {}, 10],
    ["in words", 429, { "retry-after": "soon" }, 10],
    ["for less than nothing", 429, { "retry-after": "-5" }, 10],
    ["until a moment that is over", 429, { "retry-after": "Wed, 25 Nov 2026 09:00:00 GMT" }, 1],
    ["for no time", 429, { "retry-after": "0" }, 1],
    ["for ever", 429, { "retry-after": "999999999999" }, 86_400],
    ["until the end of time", 429, { "x-ratelimit-reset": "999999999999" }, 86_400],
  ])("%s is left alone for so long", ([, status, headers, seconds]) => {
    expect(secondsOf(status, headers)).toBe(seconds);
  });

  test.for<[what: string, status: number, headers: Record<string, string>]>([
    ["no", 403, {}],
    ["no, with some left", 403, { "x-ratelimit-remaining": "12", "x-ratelimit-reset": "1800000000" }],
    ["that it is down", 503, {}],
    ["yes, and that nothing is left", 200, { "x-ratelimit-remaining": "0", "retry-after": "9" }],
    ["go elsewhere", 301, { "retry-after": "9" }],
  ])("is not one that says %s", ([, status, headers]) => {
    expect(secondsOf(status, headers)).toBeUndefined();
  });
});
