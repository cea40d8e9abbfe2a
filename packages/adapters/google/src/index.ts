export { google } from "./google.ts";
export { googleCatalogue } from "./catalogue.ts";
export type { GoogleOptions } from "./google-options.ts";
