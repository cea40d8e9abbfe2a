export { azureTwin } from "./azure-twin.ts";
export type { AzureTwin } from "./azure-twin.ts";
export type { EntraToken } from "./entra.ts";
export type { AppSeed, AzureMischief, AzureTwinOptions, FederatedSeed } from "./twin-options.ts";
