import { AgentReference, type IdPrefix, Identifier, newId, splitAgentReference } from "@watchword/core";
import { describe, expect, test } from "vitest";

const isIdentifier = (text: unknown): boolean => Identifier.safeParse(text).success;
const isReference = (text: unknown): boolean => AgentReference.safeParse(text).success;

describe("an identifier", () => {
  test.for(["a", "0", "acme", "refunds.create", "acme-2", "a_b", "a..b", "a".repeat(64)])(
    "may be %s",
    (text) => {
      expect(isIdentifier(text)).toBe(true);
    },
  );

  test.for([
    "",
    "Acme",
    "ACME",
    "acme ",
    " acme",
    "acme\n",
    "acme\u0000",
    "acme\u200b",
    "аcme",
    "ａcme",
    "acm\u00e9",
    "acme\u0301",
    "ıacme",
    "ac/me",
    "../acme",
    "acme:b",
    "acme|b",
    "acme%2e",
    "acme.",
    ".acme",
    "-acme",
    "acme-",
    "_acme",
    "__proto__",
    "a".repeat(65),
    1,
    null,
    undefined,
    ["acme"],
  ])("%j is refused: no two names can be taken for one", (text) => {
    expect(isIdentifier(text)).toBe(false);
  });

  test("is not made equal by reading it", () => {
    expect(Identifier.parse("a.b")).toBe("a.b");
  });
});

describe("an agent with its version", () => {
  test.for(["support@3", "support@2026-11-23", "a@A", "support@1.2.3-rc.1", `a@${"v".repeat(64)}`])(
    "may be %s",
    (text) => {
      expect(isReference(text)).toBe(true);
      const { id, version } = splitAgentReference(text);
      expect(`${id}@${version}`).toBe(text);
      expect(isIdentifier(id)).toBe(true);
    },
  );

  test.for([
    "support",
    "support@",
    "@3",
    "Support@3",
    "support@3@4",
    "support@3 ",
    "support@3\n",
    "support@3/4",
    "support @3",
    "support@é",
    `a@${"v".repeat(65)}`,
  ])("%j is refused", (text) => {
    expect(isReference(text)).toBe(false);
  });
});

describe("a new id", () => {
  test("names its kind and carries UUID v7 bits: version, variant, time", () => {
    const at = Date.UTC(2026, 10, 23, 12, 0, 0, 1);
    for (const prefix of ["dec", "run", "lease", "apr", "rep", "use"] satisfies IdPrefix[]) {
      const id = newId(prefix, at);
      expect(id).toMatch(new RegExp(`^${prefix}_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$`));
      expect(Number.parseInt(id.slice(prefix.length + 1, prefix.length + 13), 16)).toBe(at);
    }
  });

  test("sorts after every id of an earlier millisecond", () => {
    const start = Date.UTC(2026, 10, 23);
    const ids = Array.from({ length: 500 }, (_, millisecond) => newId("dec", start + millisecond));
    expect(ids.toSorted()).toEqual(ids);
    expect(newId("dec", 2 ** 32 - 1) < newId("dec", 2 ** 32)).toBe(true);
  });

  test("never comes twice, though the time stands still", () => {
    const ids = Array.from({ length: 10_000 }, () => newId("lease", 0));
    expect(new Set(ids).size).toBe(10_000);
  });
});
