import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Window, isInside, parseDays, parseTimeOfDay, parseZone } from "../src/window.ts";
import { seconds } from "./refund-request.ts";

const window = (days: string, from: string, to: string, zone: string): Window => ({
  days: parseDays(days),
  from: parseTimeOfDay(from),
  to: parseTimeOfDay(to),
  format: parseZone(zone),
});

describe("days", () => {
  test.each([
    ["mon-fri", [1, 2, 3, 4, 5]],
    ["mon,wed", [1, 3]],
    ["sun", [0]],
    ["fri-mon", [0, 1, 5, 6]],
    ["sat-sun", [0, 6]],
    ["mon-sun", [0, 1, 2, 3, 4, 5, 6]],
    ["sun-sat", [0, 1, 2, 3, 4, 5, 6]],
    ["wed-wed", [3]],
    ["mon-tue,fri,tue", [1, 2, 5]],
  ])("%s are these days and no other", (text, days) => {
    expect([...parseDays(text)].toSorted((a, b) => a - b)).toEqual(days);
  });

  test.each(["", "monday", "Mon", "mon-", "-fri", "mon-wed-fri", "mon, wed", "mon,", "1-5", "mon–fri", "*"])(
    "%j are refused",
    (text) => {
      expect(() => parseDays(text)).toThrow('expected days like "mon-fri" or "mon,wed"');
    },
  );
});

describe("a time of day", () => {
  test.each([
    ["00:00", 0],
    ["09:05", 545],
    ["23:59", 1_439],
    ["24:00", 1_440],
  ])("%s is %i minutes after midnight", (text, minutes) => {
    expect(parseTimeOfDay(text)).toBe(minutes);
  });

  test.each([
    "",
    "9:00",
    "09:60",
    "24:01",
    "124:00",
    "24:00:00",
    "25:00",
    "09:00:00",
    " 09:00",
    "09:00\n",
    "-1:00",
    "0900",
    "٠٩:٠٠",
  ])("%j is refused", (text) => {
    expect(() => parseTimeOfDay(text)).toThrow('expected a time like "09:00"');
  });
});

test.each(["", "Mars", "Europe/Nowhere", "CEST+", "local"])("the zone %j is refused", (zone) => {
  expect(() => parseZone(zone)).toThrow("is not a time zone");
});

describe("a window", () => {
  const office = window("mon-fri", "09:00", "18:00", "Europe/Berlin");
  test.each([
    ["a second before it opens", "2026-01-05T07:59:59Z", false],
    ["the second in which it opens", "2026-01-05T08:00:00Z", true],
    ["its last second", "2026-01-05T16:59:59Z", true],
    ["the second in which it closes", "2026-01-05T17:00:00Z", false],
    ["a weekend", "2026-01-10T10:00:00Z", false],
    ["nine by winter's clock in summer", "2026-07-06T08:00:00Z", true],
    ["nine by summer's clock in summer", "2026-07-06T07:00:00Z", true],
    ["before nine by summer's clock", "2026-07-06T06:59:59Z", false],
    ["six by summer's clock", "2026-07-06T16:00:00Z", false],
  ])("of office hours in Berlin: %s (%s) is inside: %s", (_title, instant, inside) => {
    expect(isInside(office, seconds(instant))).toBe(inside);
  });

  const night = window("sun", "02:00", "03:00", "Europe/Berlin");
  test("of an hour that the clocks leave out is not open that day", () => {
    for (const instant of ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"])
      expect(isInside(night, seconds(instant)), instant).toBe(false);
    expect(isInside(night, seconds("2026-03-22T01:30:00Z"))).toBe(true);
  });

  test("of an hour that the clocks repeat is open both times", () => {
    const open = [
      "2026-10-25T00:00:00Z",
      "2026-10-25T00:59:59Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:59:59Z",
    ];
    for (const instant of open) expect(isInside(night, seconds(instant)), instant).toBe(true);
    expect(isInside(night, seconds("2026-10-24T23:59:59Z"))).toBe(false);
    expect(isInside(night, seconds("2026-10-25T02:00:00Z"))).toBe(false);
  });

  test("of a whole day begins and ends at the zone's own midnight", () => {
    const wednesday = window("wed", "00:00", "24:00", "America/New_York");
    expect(isInside(wednesday, seconds("2026-03-04T04:59:59Z"))).toBe(false);
    expect(isInside(wednesday, seconds("2026-03-04T05:00:00Z"))).toBe(true);
    expect(isInside(wednesday, seconds("2026-03-05T04:59:59Z"))).toBe(true);
    expect(isInside(wednesday, seconds("2026-03-05T05:00:00Z"))).toBe(false);
  });

  test("is right where zones are half an hour, or three quarters, apart", () => {
    expect(isInside(window("mon", "00:00", "00:01", "Asia/Kolkata"), seconds("2026-01-04T18:30:59Z"))).toBe(
      true,
    );
    expect(isInside(window("mon", "00:00", "00:01", "Asia/Kathmandu"), seconds("2026-01-04T18:15:00Z"))).toBe(
      true,
    );
  });

  test("is open at no moment that is none", () => {
    const always = window("sun-sat", "00:00", "24:00", "UTC");
    expect(() => isInside(always, Number.NaN)).toThrow(RangeError);
    expect(() => isInside(always, Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  test("and the rest of the week are never both open, nor both closed", () => {
    const moments = fc.integer({
      min: seconds("2020-01-01T00:00:00Z"),
      max: seconds("2035-01-01T00:00:00Z"),
    });
    const zones = fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Pacific/Apia",
    );
    fc.assert(
      fc.property(moments, zones, (now, zone) => {
        const parts = [
          window("mon-fri", "00:00", "09:00", zone),
          window("mon-fri", "09:00", "24:00", zone),
          window("sat,sun", "00:00", "24:00", zone),
        ];
        expect(parts.filter((part) => isInside(part, now))).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
