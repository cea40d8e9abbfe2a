export { consentTwin } from "./consent-twin.ts";
export type { ConsentClient, ConsentTwinOptions } from "./twin-options.ts";
export type { ConsentFailure, ConsentTwin } from "./consent-twin.ts";
export type { PersonsAnswer } from "./authorize.ts";
