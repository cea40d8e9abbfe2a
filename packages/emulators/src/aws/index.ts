export { awsSystem } from "./aws-system.ts";
export { awsTwin } from "./aws-twin.ts";
export type { TwinObject } from "./account-state.ts";
export type { AwsFailure, StsMistake } from "./aws-failure.ts";
export type { AwsSystem, AwsSystemOptions } from "./aws-system.ts";
export type { AwsTwin } from "./aws-twin.ts";
export type { TwinSession } from "./sessions.ts";
export type {
  AccountSeed,
  AwsTwinOptions,
  BucketSeed,
  IssuerSeed,
  RoleSeed,
  TableSeed,
  TrustSeed,
} from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
