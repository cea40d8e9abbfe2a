import { Refusal, type ValueMap } from "@watchword/core";

/** A decided argument as text. @throws Refusal `internal` for one that is no text or number */
export function argumentText(values: ValueMap, name: string): string {
  const value = values[name];
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw new Refusal("internal", { detail: `google: the authority holds no ${name}` });
}
