import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Adapter, Minted, SealedCredential } from "@watchword/core";

/** Shorter texts stand in many places by chance. */
const SHORTEST = 12;

/** Knows every secret of a world, and where one was seen that must not be. */
export class SecretWitness {
  readonly #secrets = new Set<string>();
  readonly #leaks = new Set<string>();
  #mints = 0;

  /** A root secret: a canary, searched for everywhere. */
  know(secret: SealedCredential): void {
    secret.open((text) => {
      if (text.length >= SHORTEST) this.#secrets.add(text);
    });
  }

  /** Credentials that were minted, by whatever adapter. */
  get mints(): number {
    return this.#mints;
  }

  /** Every secret that is known, for whoever looks elsewhere for it. It is told to nobody else. */
  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** Places where a secret was found. */
  get leaks(): readonly string[] {
    return [...this.#leaks];
  }

  /** Looks at what somebody got to see who must see no secret. */
  look(place: string, text: string): void {
    for (const secret of this.#secrets) if (text.includes(secret)) this.#leaks.add(place);
  }

  /** Looks into every file of a directory. */
  async lookInto(directory: string): Promise<void> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries)
      if (entry.isFile()) this.look(entry.name, await readFile(join(entry.parentPath, entry.name), "latin1"));
  }

  /** The same adapter, each mint of it counted and its credential known. */
  watched(adapter: Adapter): Adapter {
    const mint: Adapter["mint"] = async (authority, context): Promise<Minted> => {
      this.#mints += 1;
      const minted = await adapter.mint(authority, context);
      this.know(minted.credential);
      return minted;
    };
    return Object.create(adapter, { mint: { value: mint, enumerable: true } }) as Adapter;
  }
}
