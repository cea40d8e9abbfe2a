import { code, payments } from "./tool-systems.ts";

/** Imported by its path within cells: what the worlds of these tests are made of. */
export const systems = { payments, code };
