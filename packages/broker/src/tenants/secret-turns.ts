import { type Connection, Refusal } from "@watchword/core";

/** Who may use a rotating secret of a connection next, in this process. */
export class SecretTurns {
  /** The last turn of each connection that has one; it never rejects. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Turns that others may join, by connection and what is shared. */
  readonly #shared = new Map<string, Promise<unknown>>();

  /**
   * Waits for its turn, then runs. One that gave up before its turn came does not use the secret at all. Who wants what somebody
   * else has a turn for under the same name of the same account gets that.
   *
   * @throws Refusal `downstream_unavailable` when its time was over first; what `run` throws
   */
  async take<Result>(
    { tenant, system, account }: Pick<Connection, "tenant" | "system" | "account">,
    signal: AbortSignal,
    run: () => Promise<Result>,
    shared?: string,
  ): Promise<Result> {
    const key = JSON.stringify([tenant, system]);
    const name = shared === undefined ? undefined : JSON.stringify([tenant, system, account, shared]);
    const joined = name === undefined ? undefined : this.#shared.get(name);
    if (joined !== undefined) return Promise.race([joined as Promise<Result>, aborted(signal)]);
    const before = this.#last.get(key);
    const turn = (async () => {
      await before;
      if (signal.aborted) throw late();
      return run();
    })();
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, ended);
    if (name !== undefined) {
      this.#shared.set(name, turn);
      void ended.then(() => this.#shared.delete(name));
    }
    // A run that nobody waits for any more goes on to its end: what it used up must be stored.
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    });
    return Promise.race([turn, aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(late());
    signal.addEventListener("abort", () => reject(late()), { once: true });
  });
}

function late(): Refusal {
  return new Refusal("downstream_unavailable", {
    detail: "the connection's secret was in use for too long",
    failedFact: "credential",
  });
}
