/**
 * Where signed checkpoints of the ledger go: a place that whoever can change the store cannot change. What was recorded
 * before the last checkpoint there can be neither changed nor cut off unnoticed.
 */
export interface LedgerSink {
  /** For logs and health, such as `file` or `https://audit.example`; it holds no secret. */
  readonly name: string;
  /**
   * Takes one checkpoint, a signed note (c2sp.org/tlog-checkpoint). When the promise resolves, it is kept. The same note
   * may come twice.
   *
   * @throws when it is not kept; it is then tried again later, and said in log and health
   */
  push(note: string): Promise<void>;
}
