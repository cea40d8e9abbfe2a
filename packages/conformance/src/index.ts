export { describeAdapter, describeReleasedAdapter } from "./adapter/describe-adapter.ts";
export { describeLive } from "./adapter/describe-live.ts";
export { proveLive } from "./adapter/prove-live.ts";
export { BRIDGE_CASES } from "./bridge/bridge-cases.ts";
export { describeBridge } from "./bridge/describe-bridge.ts";
export { describeStore } from "./store/describe-store.ts";
export { describeVerifier } from "./verifier/describe-verifier.ts";
export { issuerKey } from "./verifier/issuer-key.ts";
export { signCompact } from "./verifier/sign-compact.ts";
export { StoreScenario, entryOf, freshToken } from "./store/store-scenario.ts";
export type {
  AdapterFixture,
  MakeAdapterFixture,
  MakeReleasedFixture,
  ReleasedFixture,
  TwinControl,
  TwinFailure,
} from "./adapter/adapter-fixture.ts";
export type { LiveProof, LiveSandbox } from "./adapter/prove-live.ts";
export type {
  BridgeCall,
  BridgeCase,
  BridgeFixture,
  BridgedAgent,
  MakeBridgeFixture,
} from "./bridge/bridge-fixture.ts";
export type { BridgeMiddleware } from "./bridge/bridge-middleware.ts";
export type { MakeStorePlace, StorePlace } from "./store/store-place.ts";
export type { IntentChange, MintedLease } from "./store/store-scenario.ts";
export type { IssuerKey } from "./verifier/issuer-key.ts";
export type { CompactParts } from "./verifier/sign-compact.ts";
export type { MakeVerifierFixture, VerifierFixture } from "./verifier/verifier-fixture.ts";
