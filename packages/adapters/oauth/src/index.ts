export { oauthCatalogue } from "./catalogue.ts";
export { oauth } from "./oauth.ts";
export type { OauthCatalogue } from "./catalogue.ts";
export type { OauthOptions } from "./oauth-options.ts";
