export { staticKeys } from "./key-source.ts";
export { createVerifier } from "./verifier.ts";
export type { IssuerKey, KeySource } from "./key-source.ts";
export type { Algorithm, VerifierOptions } from "./verifier.ts";
