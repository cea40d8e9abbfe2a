/** What is read of headers; a platform's `Headers` is one. */
export interface ReadHeaders extends Iterable<readonly [name: string, value: string]> {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** Headers by lower-case names, without what the platform's own cost. Repeated ones are joined as there. */
export class PlainHeaders implements ReadHeaders {
  readonly #values = new Map<string, string>();

  constructor(pairs: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of pairs) {
      const before = this.#values.get(name);
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.#values.entries();
  }
}
