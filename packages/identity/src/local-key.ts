export { developmentIssuer } from "./development-issuer.ts";
export { LOCAL_KEY_ISSUER, localKeySource } from "./local-key-source.ts";
export { localKeyVerifier } from "./local-key-verifier.ts";
export type { DevelopmentIssuer } from "./development-issuer.ts";
export type { LocalKeySource } from "./local-key-source.ts";
