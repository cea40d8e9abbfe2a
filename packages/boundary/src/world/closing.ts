/** What has to be closed, in the order in which it was opened; it is closed in the other. */
export class Closing {
  readonly #last: (() => unknown)[] = [];

  /** Closes it when the rest is closed, and gives it back. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#last.push(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(close: () => unknown): void {
    this.#last.push(close);
  }

  /** Closes everything; what fails to close keeps nothing else open. @throws the first error of them */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#last.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
