export { aws } from "./aws.ts";
export { sessionCredentials } from "./aws-session.ts";
export { awsCatalogue } from "./catalogue.ts";
export type { AwsOptions } from "./aws-options.ts";
export type { SessionCredentials } from "./aws-session.ts";
