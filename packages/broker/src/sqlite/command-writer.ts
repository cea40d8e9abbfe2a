import type { Answers, CommandName, Commands } from "./command.ts";

/** Where a record stands in the writer's chain. */
export interface RecordPlace {
  readonly sequence: number;
  readonly hash: string;
}

/** Makes changes durable. */
export interface CommandWriter {
  readonly generation: string;
  /**
   * `onRecorded` is told where the command's entry stands, before the answer.
   *
   * @throws Refusal `ledger_unavailable` when the change is not durable within two seconds
   */
  send<Name extends CommandName>(
    name: Name,
    payload: Commands[Name],
    onRecorded?: (place: RecordPlace) => void,
  ): Promise<Answers[Name]>;
  close(): Promise<void>;
}
