export { salesforceSystem } from "./salesforce-system.ts";
export { salesforceTwin } from "./salesforce-twin.ts";
export type { SalesforceFailure } from "./salesforce-failure.ts";
export type { SalesforceSystem, SalesforceSystemOptions, SalesforceTwinWiring } from "./salesforce-system.ts";
export type { SalesforceTwin } from "./salesforce-twin.ts";
export type {
  AppSeed,
  FieldSeed,
  HandlerSeed,
  ObjectPermission,
  ObjectSeed,
  OrgSeed,
  SalesforceTwinOptions,
  UserSeed,
} from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
