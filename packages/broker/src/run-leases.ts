/** Keys of what may be shared that are kept. */
const MAX_KEPT = 10_000;

/**
 * Where the credential of a run's reads is: lease ids by what the credential was minted for. Only a hint of this process; whether
 * the lease is there still, and lives, says the store. Without it the next read mints for itself.
 */
export class RunLeases {
  readonly #kept = new Map<string, Promise<string | undefined>>();

  /** The lease that is there or being minted; its promise never rejects. */
  find(key: string): Promise<string | undefined> | undefined {
    return this.#kept.get(key);
  }

  /** Keeps a mint under way: reads that come meanwhile wait for it in place of minting, too. */
  keep(key: string, leaseId: Promise<string>): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.delete(key);
    this.#kept.set(
      key,
      leaseId.catch(() => undefined),
    );
  }
}
