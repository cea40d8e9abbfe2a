export { oauthTwin } from "./oauth-twin.ts";
export type { IssuedToken, TokenDetail } from "./issued-token.ts";
export type { OauthTwin } from "./oauth-twin.ts";
export type { ClientSeed, OauthMischief, OauthTwinOptions, TwinJwk } from "./twin-options.ts";
