import type { BridgeMiddleware } from "./bridge-middleware.ts";

/** What comes along with one call of a tool. */
export interface BridgeCall {
  /** The call's id as the framework's model gives it. */
  readonly callId: string;
  /** Cancels the call, as the framework cancels one. */
  readonly signal?: AbortSignal;
  /** Goes on with this action that waited for a person; as the bridge has an app say it. */
  readonly pending?: object;
}

/** An agent of the framework whose tools went through the bridge. */
export interface BridgedAgent extends Partial<AsyncDisposable> {
  /** Has the framework call a tool as if its model had asked for it; gives what the model is shown. */
  readonly call: (tool: string, toolArguments: object, context: BridgeCall) => Promise<unknown>;
  /** The JSON Schema of the tool's arguments that the model is shown. */
  schemaOf(tool: string): unknown;
  /** Tools that run where no guard sees them, as the bridge reports them. */
  readonly unbrokered: readonly string[];
}

/** A bridge between the middleware and one agent framework. */
export interface BridgeFixture {
  readonly middleware: BridgeMiddleware;
  /**
   * Makes the framework's tools of guarded ones, by name. `providerExecuted`: names of tools that the model's provider runs.
   *
   * @throws Refusal `configuration_invalid` for any other tool without a guard
   */
  readonly register: (
    tools: Readonly<Record<string, object>>,
    options?: { readonly providerExecuted?: readonly string[] },
  ) => Promise<BridgedAgent> | BridgedAgent;
}

/** Makes a bridge afresh for every case. */
export type MakeBridgeFixture = () => Promise<BridgeFixture> | BridgeFixture;

/** One promise of a bridge, as data: it can be tried without a test runner's `describe`. */
export interface BridgeCase {
  readonly name: string;
  /** @throws what the assertions throw */
  readonly check: (fixture: BridgeFixture) => Promise<void>;
}
