import { generateKeyPairSync } from "node:crypto";

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

/** Keys of the app and of somebody else, made once for a test file. */
export const KEYS = { app: pair(), stranger: pair() };
