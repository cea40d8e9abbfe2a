/** A question of the process that measures, and its answer. */
export interface Question {
  readonly id: number;
  readonly ask: string;
  readonly payload?: unknown;
}

/** What a measured process answers besides `cpu` and `stop`. */
export type Answers = Readonly<Record<string, (payload: unknown) => unknown>>;

/**
 * The measured process's side: says that it is ready, answers `cpu` with the microseconds that all its threads have used, and
 * ends with `stop` or with the process that started it.
 */
export function serveQuestions(ready: unknown, stop: () => Promise<void>, answers: Answers = {}): void {
  const all: Answers = {
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    stop,
    ...answers,
  };
  process.on("message", ({ id, ask, payload }: Question) => {
    void Promise.resolve(all[ask]?.(payload)).then((answer: unknown) => {
      process.send?.({ id, answer: answer ?? null });
      if (ask === "stop") process.disconnect();
    });
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ ready });
}

/** What the process was started with. */
export function settings(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}
