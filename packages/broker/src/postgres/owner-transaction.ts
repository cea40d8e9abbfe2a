import { Refusal, SealedCredential } from "@watchword/core";
import connect, { type Sql, type TransactionSql } from "postgres";
import { MIGRATIONS } from "./migrations.ts";

/**
 * One transaction by the role that owns a store's schema, before which nothing else is written: brokers that are there wait
 * for its end, and with `alone` none may be there at all.
 *
 * @throws Refusal whatever `work` refuses; `configuration_invalid` when a broker is connected, when the schema is not this
 *   version's, or when the database refuses
 */
export async function ownerTransaction<Result>(
  url: string | SealedCredential,
  { alone }: { readonly alone: boolean },
  work: (sql: TransactionSql) => Promise<Result>,
): Promise<Result> {
  const sealed = typeof url === "string" ? new SealedCredential(url) : url;
  let sql: Sql | undefined;
  try {
    sql = sealed.open((text) =>
      connect(text, {
        max: 1,
        connect_timeout: 5,
        fetch_types: false,
        onnotice: () => undefined,
        connection: { search_path: "watchword, pg_temp" },
      }),
    );
    return (await sql.begin(async (transaction) => {
      await checkSchema(transaction);
      if (alone) await checkAlone(transaction);
      // Every command of a broker shares this lock: `take_locks`.
      await transaction`SELECT pg_advisory_xact_lock(hashtextextended('everything', 0))`;
      return work(transaction);
    })) as Result;
  } catch (error) {
    const code = codeOf(error);
    throw code === undefined ? error : invalid(`it refused (${code})`);
  } finally {
    await sql?.end({ timeout: 1 });
  }
}

async function checkSchema(sql: TransactionSql): Promise<void> {
  const [there] = await sql<{ there: boolean }[]>`SELECT to_regclass('watchword.meta') IS NOT NULL AS there`;
  const [row] =
    there?.there === true
      ? await sql<{ value: string }[]>`SELECT value FROM watchword.meta WHERE key = 'schema_version'`
      : [];
  if (Number(row?.value ?? 0) !== MIGRATIONS.length)
    throw invalid("its schema is not this version's; run watchword migrate before");
}

/** INVARIANT: what a broker has in its memory was read before; it is stopped, and reads anew. */
async function checkAlone(sql: TransactionSql): Promise<void> {
  const [row] = await sql<{ brokers: number }[]>`
    SELECT count(*)::int AS brokers FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'watchword' AND pid <> pg_backend_pid()`;
  if (row?.brokers !== 0) throw invalid("a broker is connected; stop every one of them");
}

function invalid(why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `the database cannot be changed: ${why}` });
}

/** Of a database's or connection's failure, whose text may quote a value. */
function codeOf(error: unknown): string | undefined {
  if (Refusal.is(error) || !(error instanceof Error && "code" in error)) return undefined;
  return typeof error.code === "string" && /^[A-Z0-9_]{2,32}$/.test(error.code) ? error.code : "unknown";
}
