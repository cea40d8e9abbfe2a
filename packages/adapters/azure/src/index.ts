export { azureCatalogue } from "./catalogue.ts";
export { azure } from "./azure.ts";
export type { AzureCatalogue } from "./catalogue.ts";
export type { AzureOptions } from "./azure-options.ts";
