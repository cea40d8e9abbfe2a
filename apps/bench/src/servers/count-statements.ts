// Loaded before anything else of a process, by `--import`, in each of its threads: node:sqlite tells nobody what it does.
import { DatabaseSync, type SQLInputValue, StatementSync, type StatementResultingChanges } from "node:sqlite";
import { BroadcastChannel } from "node:worker_threads";
import { CHANNEL } from "./counted-statements.ts";

const counts = new Map<string, { runs: number; rows: number }>();

function note(sql: string, rows: number): void {
  const known = counts.get(sql) ?? { runs: 0, rows: 0 };
  counts.set(sql, { runs: known.runs + 1, rows: known.rows + rows });
}

// Each of them is called with its own statement.
/* oxlint-disable typescript/unbound-method */
const { exec } = DatabaseSync.prototype;
const { all, get, run } = StatementSync.prototype;
/* oxlint-enable typescript/unbound-method */
type Call = (this: StatementSync, ...values: SQLInputValue[]) => unknown;

DatabaseSync.prototype.exec = function counted(this: DatabaseSync, sql) {
  note(sql, 0);
  exec.call(this, sql);
};
const count = (original: Call, rowsOf: (result: unknown) => number): never =>
  function counted(this: StatementSync, ...values: SQLInputValue[]) {
    const result = original.apply(this, values);
    note(this.sourceSQL, rowsOf(result));
    return result;
  } as never;
StatementSync.prototype.all = count(all, (rows) => (rows as readonly unknown[]).length);
StatementSync.prototype.get = count(get, (row) => (row === undefined ? 0 : 1));
StatementSync.prototype.run = count(run, (result) => Number((result as StatementResultingChanges).changes));

const channel = new BroadcastChannel(CHANNEL);
channel.addEventListener("message", (event) => {
  const { data } = event as Event & { data: { question?: string } };
  if (data.question === undefined) return;
  channel.postMessage({ answerTo: data.question, counts: Object.fromEntries(counts) });
  counts.clear();
});
// It keeps no thread alive.
channel.unref();
