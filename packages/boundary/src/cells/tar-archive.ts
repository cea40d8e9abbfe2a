import { readFile } from "node:fs/promises";

/** A file, folder or symbolic link of an archive. Paths are relative, with `/`. */
export type TarEntry = { readonly path: string; readonly owner?: number } & (
  | { readonly kind: "folder" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "file"; readonly content: Uint8Array | { readonly file: string } }
);

/**
 * The bytes of a tar archive (POSIX pax). Times and modes are fixed and the order is that of the paths, so equal contents give
 * equal bytes. A file that is named is read when its turn comes.
 */
export async function* tarArchive(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries.toSorted((one, two) => (one.path < two.path ? -1 : 1))) {
    const content = await contentOf(entry);
    const target = entry.kind === "link" ? entry.target : "";
    const long = [...paxRecord("path", entry.path), ...paxRecord("linkpath", target)].join("");
    if (long !== "") {
      const bytes = Buffer.from(long);
      yield header({ path: "pax", type: "x", size: bytes.byteLength, mode: 0o644, owner: 0, target: "" });
      yield padded(bytes);
    }
    yield header({
      path: cut(entry.path),
      type: entry.kind === "folder" ? "5" : entry.kind === "link" ? "2" : "0",
      size: content.byteLength,
      mode: entry.kind === "link" ? 0o777 : 0o755,
      owner: entry.owner ?? 0,
      target: cut(target),
    });
    if (content.byteLength > 0) yield padded(content);
  }
  yield Buffer.alloc(2 * BLOCK);
}

const BLOCK = 512;
const NAME = 100;

async function contentOf(entry: TarEntry): Promise<Uint8Array> {
  if (entry.kind !== "file") return new Uint8Array();
  return "file" in entry.content ? readFile(entry.content.file) : entry.content;
}

/** What does not fit into a header's field goes before it as a record of its own. */
function paxRecord(name: string, value: string): string[] {
  if (Buffer.byteLength(value) <= NAME) return [];
  const bare = Buffer.byteLength(` ${name}=${value}\n`);
  let size = bare + String(bare).length;
  // The length counts its own digits, too.
  if (String(size).length > String(bare).length) size = bare + String(size).length;
  return [`${size} ${name}=${value}\n`];
}

function cut(text: string): string {
  return Buffer.from(text).subarray(0, NAME).toString("latin1");
}

interface Header {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly owner: number;
  readonly target: string;
}

function header({ path, type, size, mode, owner, target }: Header): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0, NAME, "latin1");
  for (const [value, start, width] of [
    [mode, 100, 8],
    [owner, 108, 8],
    [owner, 116, 8],
    [size, 124, 12],
    [0, 136, 12],
  ] as const)
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, start, "latin1");
  block.write(" ".repeat(8), 148, "latin1");
  block.write(type, 156, "latin1");
  block.write(target, 157, NAME, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function padded(content: Uint8Array): Uint8Array {
  const rest = content.byteLength % BLOCK;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - rest)]);
}
