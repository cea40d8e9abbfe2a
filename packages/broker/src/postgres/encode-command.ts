import { recordParts } from "../ledger/record-hash.ts";
import type { CommandName, Commands } from "../sqlite/command.ts";
import { agentId, subjectsOfRun } from "./subjects-of-run.ts";

/**
 * A command as the JSON text that its function in the database reads. Records are texts within it, so that they come back
 * byte for byte; the entry brings the parts of its hash along.
 *
 * @param deadline on the database's clock, in milliseconds; for what spends
 */
export function encodeCommand<Name extends CommandName>(
  replica: string,
  name: Name,
  payload: Commands[Name],
  deadline: number | undefined,
): string {
  const extend = (EXTENSIONS as Partial<Record<CommandName, (payload: Commands[Name]) => object>>)[name];
  const entry =
    "entry" in payload ? { entry: { ...payload.entry, parts: recordParts(replica, payload.entry) } } : {};
  return JSON.stringify({ name, deadline, payload: { ...payload, ...extend?.(payload), ...entry } });
}

/** What a function wants in another form than the command has it. */
const EXTENSIONS: { readonly [Name in CommandName]?: (payload: Commands[Name]) => object } = {
  startRun: ({ run }) => ({
    agent: agentId(run.agent),
    subjects: subjectsOfRun(run),
    record: JSON.stringify(run),
  }),
  requestApproval: ({ approval, progress }) => ({
    record: JSON.stringify(approval),
    progressText: JSON.stringify(progress),
  }),
  advanceApproval: ({ to }) => ({ progressText: JSON.stringify(to.progress) }),
  // An object's members have no order in the database, and the first epoch in the way gives the outcome.
  recordIntent: ({ intent }) => ({ intent: { ...intent, epochs: Object.entries(intent.epochs) } }),
  prolongLease: ({ prolongation }) => ({
    prolongation: { ...prolongation, epochs: Object.entries(prolongation.epochs) },
  }),
  recordMint: ({ lease }) => ({ record: JSON.stringify(lease) }),
};
