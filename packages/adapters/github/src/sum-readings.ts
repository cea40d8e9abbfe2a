import type { EvidenceReading } from "@watchword/core";

/** How one check that counts stands. */
export interface CountedCheck {
  readonly status: string;
  readonly conclusion: string | null;
  readonly completedAt: string | null;
  readonly label: string;
}

/** Nothing of the declared source, and why what is there does not count. */
export const missing = (detail: string): EvidenceReading => ({ state: "missing", finishedAt: null, detail });

/** The same, after everything was looked at: there is nothing of the source, and nothing out of sight. */
export const absent = (detail: string): EvidenceReading => ({ ...missing(detail), absent: true });

/**
 * One reading of all checks that count: an unfinished one is pending, one that is anything but `success` fails, and a pass
 * takes them all. The oldest of them says when it was reached.
 */
export function sumReadings(checks: readonly CountedCheck[]): EvidenceReading {
  const pending = checks.find((check) => check.status !== "completed");
  if (pending !== undefined)
    return { state: "pending", finishedAt: null, detail: `${pending.label} is ${pending.status}` };
  const finished = checks.map((check) => ({
    check,
    at: Math.floor(Date.parse(check.completedAt ?? "") / 1000),
  }));
  const red = finished.find(({ check, at }) => check.conclusion !== "success" || !Number.isSafeInteger(at));
  if (red !== undefined)
    return {
      state: "fail",
      finishedAt: Number.isSafeInteger(red.at) ? red.at : null,
      detail: `${red.check.label} ended with ${red.check.conclusion ?? "no conclusion"}`,
    };
  const [first] = finished;
  if (first === undefined) return missing("no check counts");
  return {
    state: "pass",
    finishedAt: Math.min(...finished.map(({ at }) => at)),
    detail: checks.map((check) => check.label).join(", "),
  };
}
