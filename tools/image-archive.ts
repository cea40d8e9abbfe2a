import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One layer: everything below a folder, or the members of it that are named. */
export interface Layer {
  readonly says: string;
  readonly folder: string;
  readonly owner: number;
  readonly members: readonly string[];
  /** Members are folders without what is in them. */
  readonly foldersOnly?: boolean;
}

/** How the image runs, in the words of the OCI image configuration. */
export interface ImageRun {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** A finished image. */
export interface Image {
  /** `sha256:…` of its configuration: equal contents, equal digest. */
  readonly digest: string;
  readonly tag: string;
  readonly bytes: number;
}

/**
 * Writes an image as an archive that is an OCI layout (`oci-layout`, `index.json`) and one for `docker load`
 * (`manifest.json`) at once. Times, owners and order are fixed, so the same inputs give the same bytes.
 *
 * @throws Error when GNU tar is not there
 */
export function imageArchive(
  archive: string,
  work: string,
  name: string,
  layers: readonly Layer[],
  run: ImageRun,
): Image {
  const layout = join(work, "layout");
  const blobs = join(layout, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const keep = (bytes: Buffer, mediaType: string): Descriptor => {
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.byteLength };
  };
  const kept = layers.map((layer, index) => {
    const file = join(work, `layer-${index}.tar`);
    tar(file, layer);
    const descriptor = keep(readFileSync(file), "application/vnd.oci.image.layer.v1.tar");
    rmSync(file);
    return { says: layer.says, descriptor };
  });
  const config = keep(
    json({
      created: EPOCH,
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: run,
      rootfs: { type: "layers", diff_ids: kept.map(({ descriptor }) => descriptor.digest) },
      history: kept.map(({ says }) => ({ created: EPOCH, created_by: says })),
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const tag = `${name}:${config.digest.slice("sha256:".length, "sha256:".length + 12)}`;
  const manifest = keep(
    json({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: kept.map(({ descriptor }) => descriptor),
    }),
    MANIFEST,
  );
  const put = (file: string, value: object): void => writeFileSync(join(layout, file), json(value));
  put("oci-layout", { imageLayoutVersion: "1.0.0" });
  put("index.json", {
    schemaVersion: 2,
    manifests: [{ ...manifest, annotations: { "org.opencontainers.image.ref.name": tag.split(":")[1] } }],
  });
  put("manifest.json", [
    {
      Config: blobOf(config),
      RepoTags: [tag],
      Layers: kept.map(({ descriptor }) => blobOf(descriptor)),
    } as object,
  ]);
  tar(archive, {
    says: "",
    folder: layout,
    owner: 0,
    members: ["blobs", "index.json", "manifest.json", "oci-layout"],
  });
  return { digest: config.digest, tag, bytes: statSync(archive).size };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const EPOCH = "1970-01-01T00:00:00Z";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

function tar(file: string, { folder, owner, members, foldersOnly = false }: Layer): void {
  const { status, stderr, error } = spawnSync(
    "tar",
    [
      "--create",
      `--file=${file}`,
      `--directory=${folder}`,
      "--format=posix",
      "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
      "--sort=name",
      "--mtime=@0",
      "--numeric-owner",
      `--owner=${owner}`,
      `--group=${owner}`,
      "--mode=u=rwX,go=rX",
      ...(foldersOnly ? ["--no-recursion"] : []),
      ...members,
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`tar failed: ${error?.message ?? stderr}`);
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function blobOf({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}
