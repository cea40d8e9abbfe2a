import { readInTotoStatement } from "./in-toto-statement.ts";
import { readInspectLog } from "./inspect-log.ts";
import { readJunitReport } from "./junit-report.ts";
import { readPromptfooReport } from "./promptfoo-report.ts";
import { readResultRecord } from "./result-record.ts";
import type { ReadReport } from "./suite-result.ts";
import { readVitestReport } from "./vitest-report.ts";

/** Formats of test results that CI posts; none is ever guessed from the text. */
export type ResultFormat = "in-toto" | "vitest" | "promptfoo" | "inspect" | "junit" | "record";

const READERS: Readonly<Record<ResultFormat, ReadReport>> = {
  "in-toto": readInTotoStatement,
  vitest: readVitestReport,
  promptfoo: readPromptfooReport,
  inspect: readInspectLog,
  junit: readJunitReport,
  record: readResultRecord,
};

/** Whether the text names one of the formats. */
export function isResultFormat(text: string): text is ResultFormat {
  return Object.hasOwn(READERS, text);
}

/** The reader of a format. */
export function readerOf(format: ResultFormat): ReadReport {
  return READERS[format];
}
