export { FACTS } from "./row.ts";
export { boundary } from "./boundary.ts";
export { deriveRows } from "./matrix/derive-rows.ts";
export { runBoundary } from "./run-boundary.ts";
export { PartsMissing } from "./world/parts-missing.ts";
export { isBoundarySuite, verifyBoundary } from "./verify-boundary.ts";
export { verifyTarget } from "./target/verify-target.ts";
export { sameProcess } from "./world/same-process.ts";
export { BoundaryFileInvalid } from "./files/boundary-file-invalid.ts";
export { boundaryFileSchema } from "./files/boundary-file-schema.ts";
export { proveBoundaryFile } from "./files/prove-boundary-file.ts";
export { readBoundaryFile } from "./files/read-boundary-file.ts";
export type {
  BoundaryFile,
  ExpectedAttempt,
  ExpectedOperations,
  FilePlace,
  MatrixException,
} from "./files/read-boundary-file.ts";
export { attestReport } from "./reports/attest-report.ts";
export { findingsOf } from "./reports/finding.ts";
export { githubAnnotations } from "./reports/github-annotations.ts";
export { htmlReport } from "./reports/html-report.ts";
export { jsonReport } from "./reports/json-report.ts";
export { junitReport } from "./reports/junit-report.ts";
export { matrixSvg } from "./reports/matrix-svg.ts";
export { progressLines } from "./reports/progress-lines.ts";
export { sarifReport } from "./reports/sarif-report.ts";
export { terminalReport } from "./reports/terminal-report.ts";
export { verdictOf } from "./reports/verdict.ts";
export { REPORT_FORMATS, writeReports } from "./reports/write-reports.ts";
export type { Attestation, Attesting } from "./reports/attest-report.ts";
export type { Finding, FindingKind } from "./reports/finding.ts";
export type { ReportOptions, ReportPlace } from "./reports/report-place.ts";
export type { TerminalOptions } from "./reports/terminal-report.ts";
export type { Verdict } from "./reports/verdict.ts";
export type { ReportFormat } from "./reports/write-reports.ts";
export type {
  Attempt,
  AttemptLease,
  AttemptPrincipal,
  AttemptStage,
  ToolProblem,
  TracedPrincipal,
} from "./attempt.ts";
export type { ShowDecision, ShownDecision } from "./target/target-world.ts";
export type { VerifyTargetOptions } from "./target/verify-target.ts";
export type { BoundaryReport, PolicyMutant, RowProblem, RowResult, TargetLimits } from "./boundary-report.ts";
export type { Fact, MissingBaseline, Row } from "./row.ts";
export type {
  ApprovalCondition,
  EvidenceCondition,
  RunCondition,
  Situation,
  SituationCall,
  Tampering,
  ToolRequest,
  UserContext,
} from "./situation.ts";
export type { BoundaryBuilder, Exception, Selection } from "./boundary-builder.ts";
export type { BoundaryOptions, BoundarySuite } from "./boundary.ts";
export type { RunBoundaryOptions } from "./run-boundary.ts";
export type { DerivedRows, UnreachedGrant } from "./matrix/derive-rows.ts";
export type { SystemValues } from "./matrix/system-values.ts";
export type { SameProcessOptions } from "./world/same-process.ts";
export type { StarterKey } from "./world/starter-key.ts";
export type { RunOptions } from "./run-options.ts";
export type { VerifyOptions } from "./verify-boundary.ts";
export type { ToolExample, ToolExamples, ToolsModule } from "./tools/tool-example.ts";
export type {
  AccessIssuer,
  EvidenceChange,
  RunningSystem,
  SeenRequest,
  SystemConnection,
  SystemUnderTest,
} from "./system-under-test.ts";
export type { Isolation, OpenWorld, TraceProof, World, WorldOptions, WorldProof } from "./world.ts";
