export { googleTwin } from "./google-twin.ts";
export type { GoogleTwin, GoogleTwinRequest } from "./google-twin.ts";
export type { BoundaryRule, GoogleToken } from "./issued-tokens.ts";
export type { TwinObject } from "./storage-service.ts";
export type { BucketSeed, GoogleMischief, GoogleTwinOptions, ProviderSeed } from "./twin-options.ts";
