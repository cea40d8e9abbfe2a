export { jiraCatalogue } from "./catalogue.ts";
export { jira } from "./jira.ts";
export type { JiraOptions } from "./jira-options.ts";
