import type { SuiteResult } from "./formats/suite-result.ts";

/**
 * The result, held to the minimum that the policy declares for its source: each named score must be in it, and every value
 * of it must reach the minimum. Means are not formed: they hide the case that failed.
 */
export function meetsMinimum(
  result: SuiteResult,
  minimum: Readonly<Record<string, string>> | undefined,
): Pick<SuiteResult, "state" | "detail"> {
  const { state, detail, scores, ungraded } = result;
  const red = (why: string): Pick<SuiteResult, "state" | "detail"> => ({
    state: "fail",
    detail: `${detail}; ${why}`,
  });
  if (state !== "pass") return { state, detail };
  if (minimum === undefined || Object.keys(minimum).length === 0)
    return ungraded === true ? red("the policy declares no minimum for it") : { state, detail };
  for (const [name, text] of Object.entries(minimum)) {
    const values = Object.hasOwn(scores, name) ? (scores[name] ?? []) : [];
    if (values.length === 0) return red(`it has no ${name}`);
    // NaN is not at least anything.
    if (!values.every((value) => value >= Number(text))) return red(`${name} is below ${text}`);
  }
  return { state, detail };
}
