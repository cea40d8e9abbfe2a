import { Worker } from "node:worker_threads";
import { Refusal } from "@watchword/core";
import type { CommandWriter, RecordPlace } from "./command-writer.ts";
import { monotonic } from "./monotonic.ts";
import type { Answers, CommandName, Commands } from "./command.ts";
import type { WriterAnswer, WriterRequest, WriterSettings } from "./writer-thread.ts";

/** Milliseconds after which a command that is not durable counts as refused. */
const DEADLINE_MILLISECONDS = 1_800;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (refusal: Refusal) => void;
  readonly timer: NodeJS.Timeout;
  readonly onRecorded: ((place: RecordPlace) => void) | undefined;
}

/** The calling thread's side of the writer: sends commands, and answers each within two seconds. */
export class Writer implements CommandWriter {
  readonly generation: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** What goes to the thread together: each message wakes it, and what arrives as one is one transaction. */
  #outgoing: WriterRequest[] = [];
  #next = 1;
  #dead: string | undefined;

  private constructor(worker: Worker, generation: string) {
    this.#worker = worker;
    this.generation = generation;
    worker.on("message", ({ answers }: { answers?: readonly WriterAnswer[] }) =>
      answers?.forEach((answer) => this.#settle(answer)),
    );
    worker.on("error", () => this.#die("the writer failed"));
    worker.on("exit", () => this.#die("the writer has ended"));
    worker.unref();
  }

  /** @throws Refusal `configuration_invalid` when the file cannot be opened */
  static async start(settings: WriterSettings): Promise<Writer> {
    // The same file runs from source, where Node strips the types, and from dist.
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const worker = new Worker(new URL(`./writer-thread.${extension}`, import.meta.url), {
      workerData: settings,
    });
    const generation = await new Promise<string>((resolve, reject) => {
      const refuse = (why: string): void =>
        reject(
          new Refusal("configuration_invalid", {
            detail: `the store at ${settings.path} cannot be opened: ${why}`,
          }),
        );
      worker.once("message", ({ ready }: { ready?: { generation: string } }) =>
        ready === undefined ? refuse("no answer") : resolve(ready.generation),
      );
      worker.once("error", (error: unknown) => refuse(explain(error)));
    });
    return new Writer(worker, generation);
  }

  /** @throws Refusal `ledger_unavailable` when the change is not durable within two seconds */
  send<Name extends CommandName>(
    name: Name,
    payload: Commands[Name],
    onRecorded?: (place: RecordPlace) => void,
  ): Promise<Answers[Name]> {
    return this.#post(name, payload, onRecorded) as Promise<Answers[Name]>;
  }

  async close(): Promise<void> {
    if (this.#dead !== undefined) return;
    await this.#post("close", null);
    await this.#worker.terminate();
  }

  #post(
    name: CommandName | "close",
    payload: unknown,
    onRecorded?: (place: RecordPlace) => void,
  ): Promise<unknown> {
    if (this.#dead !== undefined) return Promise.reject(unavailable(this.#dead));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle({ id, failed: "no answer within 2 s" }),
        DEADLINE_MILLISECONDS,
      );
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject, timer, onRecorded });
      // After whatever else this turn of the loop brings; when it brings nothing, at once.
      if (this.#outgoing.length === 0) setImmediate(() => this.#deliver());
      this.#outgoing.push({ id, name, payload, deadline: monotonic() + DEADLINE_MILLISECONDS });
    });
  }

  #deliver(): void {
    const requests = this.#outgoing;
    this.#outgoing = [];
    if (this.#send(requests)) return;
    // One of them has no text. It fails alone.
    for (const request of requests)
      if (!this.#send([request])) this.#settle({ id: request.id, failed: "it cannot be sent" });
  }

  #send(requests: readonly WriterRequest[]): boolean {
    try {
      // One text is copied and read in less time than what it says would be, object by object.
      this.#worker.postMessage(JSON.stringify(requests));
      return true;
    } catch {
      return false;
    }
  }

  #settle({ id, answer, failed, recorded }: WriterAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (recorded !== undefined) waiting.onRecorded?.(recorded);
    if (failed === undefined) waiting.resolve(answer);
    else waiting.reject(unavailable(failed));
  }

  #die(why: string): void {
    this.#dead ??= why;
    for (const id of this.#waiting.keys()) this.#settle({ id, failed: why });
  }
}

function unavailable(why: string): Refusal {
  return new Refusal("ledger_unavailable", { detail: `the store could not write (${why})` });
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.message === "copied-away")
    return "it was copied to another database, which goes on in its place; only a restore takes it back";
  return error.message === "newer-schema" ? "it was written by a newer version of Watchword" : error.message;
}
