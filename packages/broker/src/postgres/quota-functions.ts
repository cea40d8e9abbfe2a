import { FOURTH_FUNCTIONS, writeGroupFunction } from "./write-group-function.ts";

/** What systems are asked, counted over all replicas, and doors that they closed: as `write-quotas.ts` in the SQLite store. */
export const QUOTA_FUNCTIONS = `
CREATE TABLE quota (key text NOT NULL, tenant text NOT NULL, bucket bigint NOT NULL, drawn bigint NOT NULL, PRIMARY KEY (key, tenant, bucket))
  WITH (fillfactor = 50);

CREATE FUNCTION quota_drawn(the_key text, the_tenant text, oldest bigint, OUT units bigint, OUT first_bucket bigint) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM quota WHERE key = the_key AND tenant = the_tenant AND bucket < oldest;
  SELECT coalesce(sum(drawn), 0)::bigint, min(bucket) INTO units, first_bucket FROM quota
    WHERE key = the_key AND tenant = the_tenant AND bucket >= oldest;
END $$;

CREATE FUNCTION add_quota(the_key text, the_tenant text, the_bucket bigint, units bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quota VALUES (the_key, the_tenant, the_bucket, units)
    ON CONFLICT (key, tenant, bucket) DO UPDATE SET drawn = quota.drawn + excluded.drawn;
END $$;

CREATE FUNCTION draw_quota(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  parts constant bigint := 12;
  the_key text := item->>'key';
  the_tenant text := item->>'tenant';
  needed bigint := (item->>'least')::bigint;
  width bigint := greatest(1, ceil((item->>'windowMilliseconds')::numeric / 12))::bigint;
  the_bucket bigint := ((item->>'now')::bigint / width) * width;
  everybody record;
  own bigint := 0;
  free bigint;
  units bigint;
BEGIN
  recorded := false;
  SELECT * INTO everybody FROM quota_drawn(the_key, '', the_bucket - parts * width);
  free := greatest(0, (item->>'limit')::bigint - everybody.units);
  units := least((item->>'wanted')::bigint, free);
  IF the_tenant <> '' THEN
    SELECT drawn.units INTO own FROM quota_drawn(the_key, the_tenant, the_bucket - parts * width) AS drawn;
    -- INVARIANT: nobody has more than three times what is left for everybody else.
    units := least(units, greatest(floor((3 * free - own) / 4.0)::bigint, CASE WHEN own = 0 THEN least(needed, free) ELSE 0 END));
  END IF;
  IF units < needed THEN
    answer := jsonb_build_object('units', 0, 'until', coalesce(everybody.first_bucket, the_bucket) + (parts + 1) * width);
    RETURN;
  END IF;
  PERFORM add_quota(the_key, '', the_bucket, units);
  IF the_tenant <> '' THEN PERFORM add_quota(the_key, the_tenant, the_bucket, units); END IF;
  answer := jsonb_build_object('units', units, 'until', the_bucket + width);
END $$;

CREATE FUNCTION close_door(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO epoch VALUES (item->>'door', (item->>'until')::bigint)
    ON CONFLICT (subject) DO UPDATE SET value = excluded.value WHERE epoch.value < excluded.value;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

${writeGroupFunction("CREATE OR REPLACE", FOURTH_FUNCTIONS)}`;
