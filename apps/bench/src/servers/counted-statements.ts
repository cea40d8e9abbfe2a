import { randomUUID } from "node:crypto";
import { BroadcastChannel, threadId } from "node:worker_threads";

/** What the threads of a process asked of SQLite: texts of statements, how often each ran, and rows that it gave or changed. */
export type Counts = Readonly<Record<string, { readonly runs: number; readonly rows: number }>>;

/** The threads of one process tell each other what they counted. */
export const CHANNEL = "watchword-bench-statements";

/** Milliseconds in which every thread has answered; nobody waits for a thread that does not count. */
const ANSWER_MILLISECONDS = 500;

/** Asks every thread that counts, and sets all counts back. Without `--import` of `count-statements.ts` there are none. */
export async function collectCounts(): Promise<Counts> {
  const channel = new BroadcastChannel(CHANNEL);
  const all: Record<string, { runs: number; rows: number }> = {};
  const question = randomUUID();
  channel.addEventListener("message", (event) => {
    const { data } = event as Event & { data: { answerTo?: string; counts?: Counts } };
    if (data.answerTo !== question) return;
    for (const [sql, { runs, rows }] of Object.entries(data.counts ?? {})) {
      const known = (all[sql] ??= { runs: 0, rows: 0 });
      known.runs += runs;
      known.rows += rows;
    }
  });
  channel.postMessage({ question, from: threadId });
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MILLISECONDS));
  channel.close();
  return all;
}
