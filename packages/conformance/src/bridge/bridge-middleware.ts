import type { Action, BrokerClient, OperationReference, Reason } from "@watchword/core";

/** Arguments of the suite's tools. */
export interface BridgeArguments {
  readonly ticket: string;
  readonly [name: string]: unknown;
}

/** What the suite's tools use of their context. */
export interface BridgeToolContext {
  readonly credential: { readonly fetch: typeof globalThis.fetch; readonly release: () => string };
  readonly signal: AbortSignal;
}

/** A tool of the suite, before it is guarded. */
export interface BridgeTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema */
  readonly inputSchema: object;
  execute(toolArguments: BridgeArguments, context: BridgeToolContext): unknown;
}

/** A broker that answers by script. */
export interface BridgeBroker {
  readonly client: BrokerClient;
  readonly fetch: typeof globalThis.fetch;
  readonly proposals: readonly {
    readonly action: Action;
    readonly tool: string;
    readonly callId: string;
    readonly approvalId: string | undefined;
  }[];
  /** What reached the system. */
  readonly requests: readonly Request[];
}

/** Options of the broker that answers by script, as far as the suite has any. */
export interface BridgeBrokerOptions {
  readonly tenant?: string;
  readonly decide?: (
    action: Action,
    approvalId: string | undefined,
  ) => "allow" | Reason | { readonly reason: "approval_required"; readonly approvalId: string };
  /** A credential that tools may hold themselves. */
  readonly released?: string;
}

/** A runtime of the middleware's. */
export interface BridgeRuntime {
  run<Result>(options: { readonly thread?: string }, fn: () => Promise<Result>): Promise<Result>;
  resume<Result>(thread: string, options: object, fn: () => Promise<Result>): Promise<Result>;
  pending(approvalId: string): object | undefined;
}

/**
 * `bind`, `guard` and `createRuntime` of `@watchword/middleware`, and `fakeBroker` of its `./testing`. They arrive as values:
 * this package imports `core` alone.
 */
export interface BridgeMiddleware {
  bind(reference: OperationReference, read: (toolArguments: BridgeArguments) => object): object;
  guard(tool: BridgeTool, binding: object): object;
  createRuntime(options: {
    readonly broker: BrokerClient;
    readonly fetch: typeof globalThis.fetch;
    readonly workload: () => Promise<string>;
    readonly agent: string;
    readonly onToolError: () => void;
  }): BridgeRuntime;
  fakeBroker(options: BridgeBrokerOptions): BridgeBroker;
}
