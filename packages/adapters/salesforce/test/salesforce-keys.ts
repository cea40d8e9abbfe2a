import { generateKeyPairSync } from "node:crypto";

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
let app: ReturnType<typeof pair> | undefined;
let stranger: ReturnType<typeof pair> | undefined;

/** Keys of the app and of somebody else, made once for a test file that needs them: that takes a while. */
export const KEYS = {
  get app() {
    return (app ??= pair());
  },
  get stranger() {
    return (stranger ??= pair());
  },
};
