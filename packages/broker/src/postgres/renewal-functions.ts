import { FIFTH_FUNCTIONS, writeGroupFunction } from "./write-group-function.ts";

/** Secrets that change with their use: as `renewSecret` in the SQLite store. */
export const RENEWAL_FUNCTIONS = `
CREATE FUNCTION renew_secret(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  -- INVARIANT: only the one that was used, so that no older one comes back.
  UPDATE connection SET sealed = decode(item->>'sealed', 'base64'), fingerprint = item->>'fingerprint'
    WHERE tenant = item->>'tenant' AND system = item->>'system'
      AND revision = (item->>'revision')::bigint AND fingerprint = item->>'replaces';
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

${writeGroupFunction("CREATE OR REPLACE", FIFTH_FUNCTIONS)}`;
