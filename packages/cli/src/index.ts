export { createProgram } from "./create-program.ts";
export { runProgram } from "./run-program.ts";
export type { CommandIo, ExitCode } from "./command-io.ts";
