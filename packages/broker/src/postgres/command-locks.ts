import type { UsedToken } from "@watchword/core";
import type { CommandName, Commands } from "../sqlite/command.ts";
import { subjectsOfRun } from "./subjects-of-run.ts";

/**
 * Names that one command must have to itself (`exclusive`) or may share, and rows from which the database finds more: the
 * trees that runs and leases belong to, what decisions may give back.
 */
export interface CommandLocks {
  readonly exclusive?: readonly string[];
  readonly shared?: readonly string[];
  readonly treesOfRuns?: readonly string[];
  readonly treesOfLeases?: readonly string[];
  readonly decisions?: readonly string[];
  readonly spentLeases?: readonly string[];
  /** No other replica writes meanwhile: what decisions rest on changes as a whole. */
  readonly alone?: true;
}

/**
 * What a command has to hold so that replicas decide about the same thing one after the other, as one SQLite writer does.
 * INVARIANT: whoever reads a row in order to spend it holds its name exclusively; whoever rests on a run's life shares the
 * name of its tree, which an end holds exclusively; whoever changes an epoch by hand is alone.
 */
export function locksOf<Name extends CommandName>(name: Name, payload: Commands[Name]): CommandLocks {
  const locks = LOCKS[name] as (payload: Commands[Name]) => CommandLocks;
  return locks(payload);
}

const token = ({ issuer, jti }: UsedToken): string => `token:${issuer} ${jti}`;
const alone = (): CommandLocks => ({ alone: true });
const lease = (leaseId: string): CommandLocks => ({
  exclusive: [`lease:${leaseId}`],
  treesOfLeases: [leaseId],
});

const LOCKS: { readonly [Name in CommandName]: (payload: Commands[Name]) => CommandLocks } = {
  startRun: ({ run, tokens }) => ({
    exclusive: tokens.map(token),
    shared: [`tree:${run.root}`, ...subjectsOfRun(run).map((subject) => `frozen:${subject}`)],
  }),
  renewRun: ({ id, tokens }) => ({ exclusive: tokens.map(token), treesOfRuns: [id] }),
  endRun: ({ id }) => ({ treesOfRuns: [id] }),
  freeze: alone,
  advanceEpoch: alone,
  putTenant: alone,
  putConnection: alone,
  renewSecret: ({ tenant, system }) => ({ exclusive: [`connection:${tenant} ${system}`] }),
  forgetEarlierSecrets: () => ({ exclusive: ["earlier secrets"] }),
  activatePolicy: alone,
  putPolicy: ({ version }) => ({ exclusive: [`policy:${version}`] }),
  putEvidence: (put) => ({
    exclusive: [
      `evidence:${put.evidence.source} ${put.evidence.commit}`,
      ...(put.token === undefined ? [] : [token(put.token)]),
    ],
  }),
  recordRefusal: (refusal) => ({ exclusive: refusal.token === undefined ? [] : [token(refusal.token)] }),
  requestApproval: (request) => ({
    exclusive: [token(request.token), `request:${request.approval.tenant} ${request.approval.request}`],
  }),
  decideApproval: ({ id }) => ({ exclusive: [`approval:${id}`] }),
  withdrawApproval: ({ id }) => ({ exclusive: [`approval:${id}`] }),
  advanceApproval: ({ id }) => ({ exclusive: [`approval:${id}`] }),
  spendToken: (spent) => ({ exclusive: [token(spent.token)] }),
  drawQuota: ({ key }) => ({ exclusive: [`quota:${key}`] }),
  closeDoor: alone,
  recordIntent: ({ intent }) => ({
    exclusive: [
      token(intent.token),
      `txn:${intent.tenant} ${intent.txn}`,
      ...(intent.approvalId === undefined ? [] : [`approval:${intent.approvalId}`]),
      ...(intent.once === undefined ? [] : [`effect:${intent.once.key}`]),
      ...intent.budgets.map(({ key }) => `budget:${key}`),
    ],
    shared: [`tree:${intent.root}`],
  }),
  recordMint: (mint) => ({
    exclusive: [`decision:${mint.lease.decisionId}`],
    shared: [`tree:${mint.lease.root}`],
  }),
  recordNoMint: ({ decisionId }) => ({ exclusive: [`decision:${decisionId}`], decisions: [decisionId] }),
  closeOrphan: ({ decisionId }) => ({ exclusive: [`decision:${decisionId}`] }),
  replaceHandle: ({ leaseId }) => lease(leaseId),
  prolongLease: ({ prolongation }) => ({
    exclusive: [token(prolongation.token), `lease:${prolongation.leaseId}`],
    shared: [`tree:${prolongation.root}`],
  }),
  claimUse: ({ leaseId, proof }) => ({
    exclusive: [token(proof), `lease:${leaseId}`],
    treesOfLeases: [leaseId],
  }),
  settle: ({ leaseId }) => ({ ...lease(leaseId), spentLeases: [leaseId] }),
  postponeLease: ({ leaseId }) => lease(leaseId),
  endLease: ({ leaseId }) => ({ ...lease(leaseId), spentLeases: [leaseId] }),
  expireLease: ({ id }) => lease(id),
  erasePersonal: ({ replica, sequence }) => ({ exclusive: [`personal:${replica} ${sequence}`] }),
  putCheckpoint: ({ replica, sequence }) => ({ exclusive: [`checkpoint:${replica} ${sequence}`] }),
};
