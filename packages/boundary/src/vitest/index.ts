export { boundaryMatchers } from "./boundary-matchers.ts";
export { boundaryProject } from "./boundary-project.ts";
export { boundaryTest } from "./boundary-test.ts";
export { describeBoundary } from "./describe-boundary.ts";
export type { ExpectedDenial, ExpectedPrincipal } from "./boundary-matchers.ts";
export type { BoundaryProject } from "./boundary-project.ts";
export type { BoundaryFixtures, BoundaryTestOptions } from "./boundary-test.ts";
export type { BoundaryMeta } from "./describe-boundary.ts";
export type { AgentOptions, ProposalOptions, Scene, TestAgent } from "./scene.ts";
