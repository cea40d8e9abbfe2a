export { ACTIONS_APP_ID } from "./checks-state.ts";
export { githubSystem } from "./github-system.ts";
export { githubTwin } from "./github-twin.ts";
export { githubTwinRoutes } from "./twin-routes.ts";
export type { TwinCheck, TwinProgress, TwinRun } from "./checks-state.ts";
export type { GithubFailure } from "./github-failure.ts";
export type { GithubSystem, GithubSystemOptions } from "./github-system.ts";
export type { GithubTwin } from "./github-twin.ts";
export type { CheckChange, DeclaredCheck } from "./start-evidence-run.ts";
export type { TokenGrant } from "./installation-tokens.ts";
export type { TwinIssue } from "./repository-state.ts";
export type {
  AccountSeed,
  AppSeed,
  BranchSeed,
  CheckRunSeed,
  Conclusion,
  GithubTwinOptions,
  InstallationSeed,
  IssueSeed,
  JobSeed,
  Level,
  Permissions,
  Progress,
  PullSeed,
  ReleaseSeed,
  RepositorySeed,
  ReviewSeed,
  RunStatus,
  WorkflowRunSeed,
} from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
