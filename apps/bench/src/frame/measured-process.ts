import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process whose CPU is measured. Disposing it ends it. */
export interface MeasuredProcess<Ready> extends AsyncDisposable {
  readonly ready: Ready;
  ask<Answer>(ask: string, payload?: unknown): Promise<Answer>;
  cpuMicroseconds(): Promise<number>;
}

/** Milliseconds that a process may take to say that it is ready: with many grants it reads a long policy first. */
const START_MILLISECONDS = 120_000;

/**
 * Starts a file of `servers/` from source. `nodeFlags`: what Node is told besides, such as `--cpu-prof`.
 *
 * @throws Error when it ends before it is ready
 */
export async function measuredProcess<Ready>(
  file: URL,
  settings: object,
  nodeFlags: readonly string[] = [],
): Promise<MeasuredProcess<Ready>> {
  const child = fork(fileURLToPath(file), [JSON.stringify(settings)], {
    execArgv: ["--conditions=@watchword/source", "--disable-warning=ExperimentalWarning", ...nodeFlags],
  });
  const waiting = new Map<number, (answer: unknown) => void>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<Ready>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error(`${file.pathname} does not get ready`));
    }, START_MILLISECONDS);
    child.on("message", (message: { ready?: Ready; id?: number; answer?: unknown }) => {
      if (message.ready !== undefined) {
        clearTimeout(timer);
        resolve(message.ready);
      } else if (message.id !== undefined) {
        waiting.get(message.id)?.(message.answer);
        waiting.delete(message.id);
      }
    });
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`${file.pathname} ended before it was ready`));
    });
  });
  let next = 1;
  const ask = <Answer>(question: string, payload?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, (answer) => resolve(answer as Answer));
      void ended.then(() => reject(new Error(`${file.pathname} has ended`)));
      child.send({ id, ask: question, payload });
    });
  return {
    ready,
    ask,
    cpuMicroseconds: () => ask<number>("cpu"),
    [Symbol.asyncDispose]: async () => {
      await ask("stop").catch(() => undefined);
      await ended;
    },
  };
}
