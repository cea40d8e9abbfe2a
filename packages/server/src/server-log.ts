import { Refusal } from "@watchword/core";

/** One event as one JSON line. Its fields are ids, names and reasons; never a token, a secret or a request's body. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** Where events go. */
export type ServerLog = (entry: LogEntry) => void;

/** A log that writes lines, each with the time in front. */
export function jsonLines(write: (line: string) => void, now: () => Date = () => new Date()): ServerLog {
  return (entry) => write(`${JSON.stringify({ time: now().toISOString(), ...entry })}\n`);
}

/** What a log may hold of a refusal: for planned ones the operator's detail, of others the class alone. */
export function refusalFields(error: unknown): Readonly<Record<string, string | undefined>> {
  const refusal = Refusal.from(error, "internal");
  return { reason: refusal.reason, decision_id: refusal.decisionId, detail: refusal.message };
}
