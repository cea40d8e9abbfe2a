export { FACTS } from "./row.ts";
export type { Attempt, AttemptStage } from "./attempt.ts";
export type { BoundaryReport, PolicyMutant, RowProblem, RowResult } from "./boundary-report.ts";
export type { Fact, MissingBaseline, Row } from "./row.ts";
export type {
  ApprovalCondition,
  EvidenceCondition,
  RunCondition,
  Situation,
  Tampering,
  ToolRequest,
  UserContext,
} from "./situation.ts";
export type { RunningSystem, SeenRequest, SystemUnderTest } from "./system-under-test.ts";
export type { Isolation, OpenWorld, World, WorldOptions, WorldProof } from "./world.ts";
