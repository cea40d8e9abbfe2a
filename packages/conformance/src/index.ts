export { describeAdapter } from "./adapter/describe-adapter.ts";
export type {
  AdapterFixture,
  MakeAdapterFixture,
  TwinControl,
  TwinFailure,
} from "./adapter/adapter-fixture.ts";
