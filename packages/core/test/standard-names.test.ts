import {
  CLAIMS,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  agentUri,
  endRunUrl,
  numericDate,
  runUri,
  systemClock,
  tokenUrl,
} from "@watchword/core";
import { describe, expect, test } from "vitest";

describe("names on the wire", () => {
  test("of our own are under urn:watchword, and no two are the same", () => {
    const own = [...Object.values(TOKEN_TYPE_URIS), ...Object.values(CLAIMS)];
    expect(new Set(own).size).toBe(own.length);
    for (const name of own) expect(name).toMatch(/^urn:(?:watchword|ietf:params:oauth):[a-z:_-]+$/);
  });

  test("cannot be changed while the process runs", () => {
    for (const names of [TOKEN_TYPES, TOKEN_TYPE_URIS, CLAIMS]) expect(Object.isFrozen(names)).toBe(true);
  });

  test("of a run and of an agent cannot be taken for each other", () => {
    expect(runUri("x")).toBe("urn:watchword:run:x");
    expect(agentUri("x")).toBe("urn:watchword:agent:x");
  });
});

describe("the URL that a proof is made for", () => {
  test.for([
    ["https://broker.example", "https://broker.example/token", "https://broker.example/runs/end"],
    ["https://broker.example/", "https://broker.example/token", "https://broker.example/runs/end"],
    ["https://broker.example/a", "https://broker.example/a/token", "https://broker.example/a/runs/end"],
  ] as const)("follows from the issuer %s alone", ([issuer, token, end]) => {
    expect(tokenUrl(issuer)).toBe(token);
    expect(endRunUrl(issuer)).toBe(end);
  });
});

describe("time", () => {
  test("is whole seconds, rounded down: no token is valid a moment early", () => {
    expect(numericDate({ now: () => 1_999 })).toBe(1);
    expect(numericDate({ now: () => 2_000 })).toBe(2);
    expect(Math.abs(numericDate(systemClock) - Date.now() / 1_000)).toBeLessThan(5);
  });
});
