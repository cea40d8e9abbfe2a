import type { Denial } from "./denial.ts";
import type { GuardedCredential } from "./guarded-credential.ts";
import type { PendingAction } from "./pending-action.ts";

/** Second argument of a tool's `execute`: the credential, and whatever the agent framework passed along. */
export interface ToolContext {
  readonly credential: GuardedCredential;
  readonly signal: AbortSignal;
  readonly [option: string]: unknown;
}

/** A tool before it is guarded. */
export interface Tool<Arguments, Result> {
  readonly name: string;
  readonly description?: string;
  execute(toolArguments: Arguments, context: ToolContext): Promise<Result> | Result;
}

/** What a caller may say along with a call; every other option goes through to the tool. */
export interface CallOptions {
  /** The framework's id of the call; random when it gives none. */
  readonly toolCallId?: string;
  readonly signal?: AbortSignal;
  readonly abortSignal?: AbortSignal;
  /** Goes on with an action that waited for approval: same transaction, so that the approval can fit. */
  readonly pending?: PendingAction;
  /** Is told when this call has to wait for a person, with what the app needs to go on later. */
  readonly onApprovalRequired?: (pending: PendingAction) => void | Promise<void>;
  readonly [option: string]: unknown;
}

/** A tool behind its guard: it returns its result or a {@link Denial}, and never throws. */
export type GuardedTool<Arguments, Result> = Omit<Tool<Arguments, Result>, "execute"> & {
  execute(toolArguments: Arguments, options?: CallOptions): Promise<Result | Denial>;
};
