import type { ValueMap } from "@watchword/core";

/** What a call of an app's tool means, in values that somebody wrote by hand: never what the tool's own binding makes of it. */
export interface ToolExample {
  /** What the model says, as JSON. */
  readonly args: unknown;
  /** The action that the broker has to decide for it. */
  readonly action: {
    /** `payments/refunds.create` */
    readonly operation: string;
    /** Resource fields that matter, such as `repository`; others may be anything. */
    readonly resource?: Readonly<Record<string, string>>;
    /** Every argument, as it is decided: `{ charge: "ch_1", amount: { minor: 4200, currency: "USD" } }`. */
    readonly arguments: ValueMap;
  };
  /**
   * What the model would have to say instead, by `fact/mutation` (`tenant/foreign-object`), where {@link args} do not show it;
   * `null`: there are no words for it. Left out: what is to be changed is exchanged wherever it stands in the arguments.
   */
  readonly changed?: Readonly<Record<string, unknown>>;
}

/** Examples of tools, by the names under which their module exports them; a tools module has them as `boundaryExamples`. */
export type ToolExamples = Readonly<Record<string, readonly ToolExample[]>>;

/**
 * The module with an app's guarded tools, each exported by name or as a member of one object, and their `boundaryExamples`. By
 * its URL it can be handed to cells, too.
 */
export type ToolsModule = URL | (() => Promise<object>);
