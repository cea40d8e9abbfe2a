import { readTestResult } from "../test-result.ts";
import { z } from "zod";
import { readReportJson } from "./read-report-json.ts";
import type { SuiteResult } from "./suite-result.ts";
import type { Json } from "@watchword/core";

/** Reads an in-toto test result v0.1 without an envelope: the token that brings it stands for its signature. */
export function readInTotoStatement(text: string): SuiteResult {
  const statement = readReportJson(text, z.record(z.string(), z.unknown()), "an in-toto statement");
  return { ...readTestResult(statement as Json), scores: {} };
}
