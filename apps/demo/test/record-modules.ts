import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";

/** Preloaded into the demo's process: notes every module that it resolves, in the directory that the process is given. */
const at = process.argv.indexOf("--state");
const file = `${process.argv[at + 1] ?? ""}.modules.json`;
const urls = new Set<string>();
registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    urls.add(resolved.url);
    return resolved;
  },
});
process.on("exit", () => writeFileSync(join(file), JSON.stringify([...urls])));
