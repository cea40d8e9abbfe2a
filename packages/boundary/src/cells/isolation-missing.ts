import type { CellIsolation } from "./cell-isolation.ts";

/** An isolation that was required cannot be had here. Never a reason to go on with less. */
export class IsolationMissing extends Error {
  override readonly name = "IsolationMissing";
  readonly command: string;

  constructor(required: CellIsolation, { why, command }: { readonly why: string; readonly command: string }) {
    super(`isolation ${required} is required and cannot be had: ${why}. What would help: ${command}`);
    this.command = command;
  }
}
