import type { Value } from "@watchword/core";

/** What can stand in a path in one spelling only: no percent sign, no dot segment, nothing that a server cuts off. */
const PATH_VALUE = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,256}$/;

/** An argument as it stands in a path; `undefined` for one that cannot. */
export function pathText(value: Value | undefined): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const text = String(value);
  return PATH_VALUE.test(text) ? text : undefined;
}
