import type { EvidenceRecord } from "@watchword/core";

/** What one report says, whatever its format. */
export interface SuiteResult {
  readonly state: EvidenceRecord["state"];
  /** For the operator: counts, and what makes it red. Nothing of the report's own texts. */
  readonly detail: string;
  /** Every value of each score in it, by the score's name. */
  readonly scores: Readonly<Record<string, readonly number[]>>;
  /** It says how well things went, and not whether that is well enough: without a declared minimum it is never green. */
  readonly ungraded?: true;
  /** Commits that it names; absent when the format names none. */
  readonly commits?: readonly string[];
  /** Names of what was tested; absent when the format names nothing. */
  readonly suites?: readonly string[];
  /** NumericDate at which it says it was done. */
  readonly finishedAt?: number;
}

/**
 * Reads one format, purely.
 *
 * @throws Refusal `request_malformed` when the text is not a report of this format that is all there
 */
export type ReadReport = (text: string) => SuiteResult;
