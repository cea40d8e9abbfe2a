import type { Explanation } from "@watchword/core";

/** Reads the tree of reasons back from its record; `undefined` for anything that is none. */
export function readExplanation(value: unknown): Explanation | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { check, passed, required, held, children } = value as Readonly<Record<string, unknown>>;
  if (typeof check !== "string" || typeof passed !== "boolean") return undefined;
  const below = Array.isArray(children) ? children.map(readExplanation) : [];
  return {
    check,
    passed,
    ...(typeof required === "string" ? { required } : {}),
    ...(typeof held === "string" ? { held } : {}),
    ...(below.length === 0 ? {} : { children: below.filter((child) => child !== undefined) }),
  };
}
