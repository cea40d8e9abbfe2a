import { Refusal } from "@watchword/core";
import { createKeyFile, readKeyFile } from "./key-file.ts";
import { type KeyJwk, type RingKey, parseRing } from "./key-ring.ts";

/** What {@link RingReader} reads, and how. */
export interface RingSource<Key> {
  readonly path: string;
  /** Text of a file that is not there yet. */
  readonly create: () => string;
  /** Makes a key usable. Called once for each key, however often the file is read. */
  readonly import: (jwk: KeyJwk) => Promise<Key>;
  /** What the file should be, and what to do when it is not. */
  readonly otherwise: string;
}

/** The keys of one file, as they stood there when it was last read. */
export class RingReader<Key> {
  readonly #source: RingSource<Key>;
  #version: string | undefined;
  #ring: readonly RingKey<Key>[] = [];
  #imported = new Map<string, Key>();

  private constructor(source: RingSource<Key>) {
    this.#source = source;
  }

  /**
   * Reads a file of keys, which is made on first use.
   *
   * @throws Refusal `configuration_invalid`
   */
  static async open<Key>(source: RingSource<Key>): Promise<RingReader<Key>> {
    const reader = new RingReader(source);
    if ((await readKeyFile(source.path)) === undefined) await createKeyFile(source.path, source.create());
    await reader.read();
    return reader;
  }

  /** By `usedFrom`, the earliest first. */
  get ring(): readonly RingKey<Key>[] {
    return this.#ring;
  }

  /**
   * Reads the file again if it was replaced; says whether it was. What is at hand stays when it cannot be used.
   *
   * @throws Refusal `configuration_invalid`
   */
  async read(): Promise<boolean> {
    const { path, otherwise } = this.#source;
    const file = await readKeyFile(path, this.#version);
    if (file === "unchanged") return false;
    if (file === undefined) throw new Refusal("configuration_invalid", { detail: `${path} is gone` });
    try {
      const imported = new Map<string, Key>();
      const ring: RingKey<Key>[] = [];
      for (const { key: jwk, ...times } of parseRing(file.text)) {
        const name = JSON.stringify(jwk);
        const key = this.#imported.get(name) ?? (await this.#source.import(jwk));
        imported.set(name, key);
        ring.push({ key, ...times });
      }
      this.#imported = imported;
      this.#ring = ring;
      this.#version = file.version;
      return true;
    } catch {
      // The cause may quote the key file, so it is left behind.
      throw new Refusal("configuration_invalid", { detail: `${path} is not ${otherwise}` });
    }
  }
}
