export { jiraSystem } from "./jira-system.ts";
export { jiraTwin } from "./jira-twin.ts";
export type { JiraSystem, JiraSystemOptions } from "./jira-system.ts";
export type { JiraFailure } from "./jira-failure.ts";
export type { JiraTwin } from "./jira-twin.ts";
export type { TwinComment, TwinIssue, TwinProject, TwinStatus } from "./site-state.ts";
export type { ClientSeed, IssueSeed, JiraTwinOptions, ProjectSeed, SiteSeed } from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
