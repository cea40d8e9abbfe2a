import type { RunStep, StartCall, Step } from "./actor.ts";

/** How a call of a tool was answered: what a model gets to see of it, and by whom it was said. */
export interface ToolStep extends Step {
  /** A credential was to be had for it, so that whatever was refused afterwards was refused by gateway, system or tool. */
  readonly leased: boolean;
  /** Names of the arguments that it asked for. */
  readonly proposed: readonly string[];
  readonly approvalId: string | null;
  /** Names what the app keeps to go on after an approval. */
  readonly pending: string | null;
  /** What the tool threw, for whoever reads the report. */
  readonly threw: string | null;
}

/** The app's runtime, with its real guarded tools: the middleware holds runs and keys. Calls and answers are JSON. */
export interface ToolUser {
  /** Starts a run that is open until {@link leave}. */
  begin(call: StartCall): Promise<RunStep>;
  use(call: {
    /** `null`: outside of every run. */
    readonly run: string | null;
    readonly tool: string;
    /** JSON. */
    readonly args: string;
    /** Goes on after an approval. */
    readonly pending?: string;
  }): Promise<ToolStep>;
  /** Ends a run. What is called in it afterwards is called in a run that has ended. */
  leave(call: { readonly run: string }): Promise<void>;
}
