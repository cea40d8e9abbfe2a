import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { sharedLibraries } from "./shared-libraries.ts";

/** Nobody special: no name, shell or home of theirs is anywhere else. */
export const USER = 65_532;

/**
 * Lays out the least that a Node process needs below `target`: the binary that runs this, its shared libraries, the
 * certificate authorities that it brings, and who its user is. No shell, no package manager.
 *
 * @throws Error on another system than Linux with glibc, where the binary would not be one for the image
 */
export function nativeRuntime(target: string): void {
  if (process.platform !== "linux") throw new Error("an image for Linux is built on Linux");
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(target, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(target, to));
    chmodSync(join(target, to), 0o755);
  };
  const write = (to: string, text: string): void => {
    mkdirSync(dirname(join(target, to)), { recursive: true });
    writeFileSync(join(target, to), text, { mode: 0o644 });
  };
  put(process.execPath, "/usr/local/bin/node");
  for (const library of sharedLibraries(process.execPath)) put(library, library);
  write("/etc/ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n`);
  write("/etc/passwd", `watchword:x:${USER}:${USER}::/:/nonexistent\n`);
  write("/etc/group", `watchword:x:${USER}:\n`);
  write("/etc/nsswitch.conf", "hosts: files dns\n");
}
