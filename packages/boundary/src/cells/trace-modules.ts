import { writeSync } from "node:fs";
import { registerHooks } from "node:module";

// A program, loaded before another one by --import: says on descriptor 3 at the end which modules that one loaded, and by which name.
const resolutions: string[][] = [];
registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    resolutions.push([specifier, context.parentURL ?? "", resolved.url]);
    return resolved;
  },
});
process.once("exit", () => {
  let rest = Buffer.from(JSON.stringify(resolutions));
  while (rest.byteLength > 0) rest = rest.subarray(writeSync(3, rest));
});
