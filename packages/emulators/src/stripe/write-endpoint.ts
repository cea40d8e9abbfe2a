import type { AccountState } from "./account-state.ts";
import type { ParameterNames, Parameters } from "./parameters.ts";
import type { Resource } from "./resources.ts";
import type { TwinObject } from "./twin-objects.ts";

/** What a write has besides its parameters. */
export interface WriteContext {
  /** The id in the path; empty where there is none. */
  readonly id: string;
  readonly seconds: number;
  /** An id of one kind, by its prefix, that nothing has yet. */
  readonly nextId: (prefix: string) => string;
}

/** One endpoint that changes something. */
export interface WriteEndpoint {
  readonly method: "POST" | "DELETE";
  /** With the id as its one group, if there is one in the path. */
  readonly path: RegExp;
  /** What the key must be allowed to write. */
  readonly resource: Resource;
  readonly parameters: ParameterNames;
  /**
   * Checks the parameters alone: a call that fails here has not begun, and its idempotency key stays unused. What it gives
   * is the call itself.
   */
  begin(
    parameters: Parameters,
    context: WriteContext,
  ): (account: AccountState) => Pick<TwinObject, "id" | "object">;
}
