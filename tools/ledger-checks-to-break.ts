import type { BrokenCheck } from "./checks-to-break.ts";

const LEDGER = "packages/broker/src/ledger";
const TAMPERING = ["packages/broker/test/ledger-tampering"];
const OUTSIDE = ["packages/broker/test/ledger-outside"];
const CHECKPOINTS = ["packages/broker/test/ledger-checkpoints"];
const NOTES = ["packages/broker/test/signed-note"];
const MERKLE = ["packages/broker/test/merkle"];
const COMMAND = ["packages/cli/test/ledger-command"];

/** What a ledger's verification and its checkpoints rest on, to be broken one by one. */
export const LEDGER_CHECKS: readonly BrokenCheck[] = [
  {
    name: "ledger: a changed record is found",
    file: `${LEDGER}/chain-check.ts`,
    find: "matches(() => hashOfRecord(record), record.hash)",
    replace: "matches(() => record.hash, record.hash)",
    tests: COMMAND,
  },
  {
    name: "ledger: a record follows the one before",
    file: `${LEDGER}/chain-check.ts`,
    find: "if (record.previous !== this.#last.hash)",
    replace: "if (this.#last.hash === undefined)",
    tests: TAMPERING,
  },
  {
    name: "ledger: a cut tail is found",
    file: `${LEDGER}/chain-check.ts`,
    find: "if (sequence < this.signedUpTo) {",
    replace: "if (sequence < 0) {",
    tests: OUTSIDE,
  },
  {
    name: "ledger: the tree is the one that was signed",
    file: `${LEDGER}/chain-check.ts`,
    find: "(root === undefined || sameHash(root, this.#edge.root()))",
    replace: "true",
    tests: OUTSIDE,
  },
  {
    name: "ledger: a chain that is gone is missed",
    file: `${LEDGER}/verify-ledger-lines.ts`,
    find: "for (const [replica, claims] of this.#outside) {",
    replace: "for (const [replica, claims] of new Map<string, CheckpointClaim[]>()) {",
    tests: OUTSIDE,
  },
  {
    name: "ledger: an export has an end",
    file: `${LEDGER}/verify-ledger-lines.ts`,
    find: 'if (this.#state !== "ended")',
    replace: 'if (this.#state === "new")',
    tests: COMMAND,
  },
  {
    name: "ledger: a personal part is the one committed to",
    file: `${LEDGER}/chain-check.ts`,
    find: "return personal === undefined ||",
    replace: "return true ||",
    tests: COMMAND,
  },
  {
    name: "ledger: a note's signature is checked",
    file: `${LEDGER}/signed-note.ts`,
    find: 'return known.every(Boolean) ? "signed" : "forged";',
    replace: 'return "signed";',
    tests: NOTES,
  },
  {
    name: "ledger: a key counts under the log's name alone",
    file: `${LEDGER}/signed-note.ts`,
    find: "line.name === name && ",
    replace: "",
    tests: NOTES,
  },
  {
    name: "ledger: a proof has no more hashes than its place needs",
    file: `${LEDGER}/verify-merkle-proof.ts`,
    find: "return last === 0 && sameHash(hash, root);",
    replace: "return sameHash(hash, root) || last > 0;",
    tests: MERKLE,
  },
  {
    name: "ledger: a proof is about its own record",
    file: `${LEDGER}/record-proof.ts`,
    find: 'if (hashOfRecord(record) !== record.hash) return "the record\'s hash does not match its content";',
    replace: "",
    tests: COMMAND,
  },
  {
    name: "ledger: a contradiction is not signed",
    file: `${LEDGER}/ledger-checkpoints.ts`,
    find: "record.hash !== hashOfRecord(record)",
    replace: "false",
    tests: CHECKPOINTS,
  },
  {
    name: "ledger: a required sink holds up minting",
    file: "packages/broker/src/record-intent.ts",
    find: "context.ledger.requireOutside();",
    replace: "",
    tests: CHECKPOINTS,
  },
  {
    name: "ledger: a sink is reached by https",
    file: `${LEDGER}/http-sink.ts`,
    find: 'target.protocol === "https:" ||',
    replace: "true ||",
    tests: CHECKPOINTS,
  },
];
