import { code } from "./code.ts";
import { payments } from "./payments.ts";
import { traps } from "./trap-systems.ts";

/** Imported by its path within cells: what the worlds of these tests are made of. */
export const systems = { payments, code, ...traps };
