import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";

/** What the threads of a process asked of SQLite: texts of statements, how often each ran, and rows that it gave or changed. */
export type Counts = Readonly<Record<string, { readonly runs: number; readonly rows: number }>>;

/** The threads of one process tell each other what they counted. */
export const CHANNEL = "watchword-bench-statements";

/** Threads of a broker on SQLite that ask something of it: the one that reads and the one that writes. */
const THREADS = 2;
const ANSWER_MILLISECONDS = 10_000;

/**
 * Asks every thread that counts, and sets all counts back.
 *
 * @throws Error when one does not answer: without `--import` of `count-statements.ts` nobody counts
 */
export async function collectCounts(): Promise<Counts> {
  const channel = new BroadcastChannel(CHANNEL);
  const all: Record<string, { runs: number; rows: number }> = {};
  const question = randomUUID();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Error("a thread does not say what it counted")),
    ANSWER_MILLISECONDS,
  );
  let answered = 0;
  channel.addEventListener("message", (event) => {
    const { data } = event as Event & { data: { answerTo?: string; counts?: Counts } };
    if (data.answerTo !== question) return;
    for (const [sql, { runs, rows }] of Object.entries(data.counts ?? {})) {
      const known = (all[sql] ??= { runs: 0, rows: 0 });
      known.runs += runs;
      known.rows += rows;
    }
    if (++answered === THREADS) resolve();
  });
  channel.postMessage({ question });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    channel.close();
  }
  return all;
}
