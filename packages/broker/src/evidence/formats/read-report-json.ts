import { parseStrictJson } from "@watchword/core";
import type { z } from "zod";
import { unreadable } from "./unreadable.ts";

/** Bytes of a report of any format. */
export const MAX_REPORT_BYTES = 2_097_152;

/** Reports quote configurations and transcripts; what they nest is not read, only passed over. */
const MAX_DEPTH = 64;

/**
 * The members of a JSON report that a schema needs, each once.
 *
 * @throws Refusal `request_malformed`
 */
export function readReportJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const where = new Set(
    parsed.error.issues.map(({ path }) => path.filter((part) => typeof part === "string").join(".")),
  );
  throw unreadable(
    `not ${what}: ${[...where]
      .slice(0, 4)
      .map((path) => path || "its outermost value")
      .join(", ")}`,
  );
}

function parse(text: string): unknown {
  try {
    return parseStrictJson(text, { maxBytes: MAX_REPORT_BYTES, maxDepth: MAX_DEPTH, fractions: true });
  } catch {
    throw unreadable("not strict JSON, or not all of it");
  }
}
