import type { PublicManifest } from "./public-packages.ts";

const WANTED =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(?:js|d\.ts|js\.map|d\.ts\.map|json)|schema\/.+\.json)$/;

/**
 * What is wrong with a packed package by its list of files and its manifest; publint knows more about its exports.
 * `files` are paths inside of the package.
 */
export function tarballProblems(files: readonly string[], manifest: PublicManifest): string[] {
  const need = ["package.json", "README.md", "LICENSE"].filter((file) => !files.includes(file));
  const ranges = Object.entries({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.devDependencies,
  });
  return [
    ...need.map((file) => `${file} is not packed`),
    ...files.filter((file) => !WANTED.test(file)).map((file) => `${file} is packed`),
    ...ranges
      .filter(([, range]) => /^(?:workspace|catalog|file|link):/.test(range))
      .map(([name, range]) => `depends on ${name} as ${range}, which nobody else can resolve`),
    ...(JSON.stringify(manifest.exports ?? {}).includes("@watchword/source")
      ? ["exports still name their sources; publishConfig.exports must hold all of them"]
      : []),
  ];
}
