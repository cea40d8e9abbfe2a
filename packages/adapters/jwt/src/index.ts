export { serviceCatalogue } from "./catalogue.ts";
export { jwt } from "./jwt.ts";
export type { ServiceCatalogue } from "./catalogue.ts";
export type { JwtOptions } from "./jwt-options.ts";
export type { ServiceOperations } from "./service-operation.ts";
