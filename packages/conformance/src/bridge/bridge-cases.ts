import type { BridgeCase } from "./bridge-fixture.ts";
import { CALL_CASES } from "./call-cases.ts";
import { DENIAL_CASES } from "./denial-cases.ts";
import { LIFETIME_CASES } from "./lifetime-cases.ts";
import { REGISTRATION_CASES } from "./registration-cases.ts";

/** Everything that a bridge promises, one case a promise. */
export const BRIDGE_CASES: readonly BridgeCase[] = Object.freeze([
  ...CALL_CASES,
  ...DENIAL_CASES,
  ...LIFETIME_CASES,
  ...REGISTRATION_CASES,
]);
