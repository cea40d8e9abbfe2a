import type { BrokenCheck } from "./checks-to-break.ts";

const KEYS = "packages/broker/src/keys";
const ROTATION = ["packages/broker/test/key-rotation.test"];
const LOAD = ["packages/broker/test/rotation-under-load.test"];

/** Which keys count when, to be broken one by one. */
export const KEY_CHECKS: readonly BrokenCheck[] = [
  {
    name: "keys: a retired key is not accepted",
    file: `${KEYS}/key-ring.ts`,
    find: "return ring.filter(({ retiresAt }) => retiresAt === null || now < retiresAt);",
    replace: "return ring.filter(() => now > 0);",
    tests: [...ROTATION, ...LOAD],
  },
  {
    name: "keys: the next key signs nothing before its time",
    file: `${KEYS}/key-ring.ts`,
    find: "accepted.findLast(({ usedFrom }) => usedFrom <= now)",
    replace: "accepted.findLast(({ usedFrom }) => usedFrom > 0)",
    tests: ROTATION,
  },
  {
    name: "keys: ids that nobody knows cause one look at the files per interval",
    file: `${KEYS}/key-directory.ts`,
    find: "if (Math.abs(now - this.#lookedAt) < LOOK_AGAIN_MILLISECONDS)",
    replace: "if (now < LOOK_AGAIN_MILLISECONDS)",
    tests: ROTATION,
  },
  {
    name: "keys: a leaked key is refused at once",
    file: `${KEYS}/rotate-key.ts`,
    find: "return compromised ? now : (key.retiresAt ?? usedFrom + overlap);",
    replace: "return key.retiresAt ?? usedFrom + overlap;",
    tests: [...ROTATION, ...LOAD],
  },
  {
    name: "keys: two rotations at once lose no key",
    file: `${KEYS}/rotate-key.ts`,
    find: "    await mkdir(lock);\n",
    replace: "    await mkdir(lock, { recursive: true });\n",
    tests: ROTATION,
  },
  {
    name: "keys: an overlap is never shorter than what a key made is valid for",
    file: `${KEYS}/rotate-key.ts`,
    find: "  if (wanted < needed)\n",
    replace: "  if (wanted < 0)\n",
    tests: ROTATION,
  },
  {
    name: "keys: of an engine's key, the next version signs nothing before its time",
    file: "packages/broker/src/transit/transit-signing-keys.ts",
    find: "madeAt(number) + (index === 0 ? 0 : LEAD_SECONDS)",
    replace: "madeAt(number) + (index === 0 ? LEAD_SECONDS : 0)",
    tests: ["packages/broker/test/transit.test"],
  },
  {
    name: "keys: how federation tokens are signed changes by a rotation alone",
    file: "packages/broker/src/file-keys.ts",
    find: "|| algorithmOf(youngest) === wanted) return;",
    replace: "|| algorithmOf(youngest) !== undefined) return;",
    tests: ["packages/broker/test/federation-algorithm.test"],
  },
  {
    name: "keys: an RSA key of a transit engine signs as RS256 is, not as the engine does unasked",
    file: "packages/broker/src/transit/transit-key-form.ts",
    find: '{ signature_algorithm: "pkcs1v15" }',
    replace: "{}",
    tests: ["packages/broker/test/transit.test"],
  },
  {
    name: "keys: a private part is in no RSA key that is published",
    file: "packages/core/src/rsa-signer.ts",
    find: ".some((member) => member in jwk)",
    replace: '.some((member) => member === "")',
    tests: ["packages/core/test/rsa-signer.test"],
  },
];
