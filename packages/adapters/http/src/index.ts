export { httpCatalogue } from "./catalogue.ts";
export { http } from "./http.ts";
export type { HttpCatalogue } from "./catalogue.ts";
export type { HttpOptions } from "./http-options.ts";
