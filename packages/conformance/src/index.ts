export { describeAdapter } from "./adapter/describe-adapter.ts";
export { describeStore } from "./store/describe-store.ts";
export { StoreScenario, entryOf, freshToken } from "./store/store-scenario.ts";
export type {
  AdapterFixture,
  MakeAdapterFixture,
  TwinControl,
  TwinFailure,
} from "./adapter/adapter-fixture.ts";
export type { MakeStorePlace, StorePlace } from "./store/store-place.ts";
export type { IntentChange, MintedLease } from "./store/store-scenario.ts";
