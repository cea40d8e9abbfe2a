export { recordId, salesforceCatalogue } from "./catalogue.ts";
export { salesforce } from "./salesforce.ts";
export type { SalesforceCatalogue } from "./catalogue.ts";
export type { SalesforceOptions } from "./salesforce-options.ts";
