/**
 * What a restore forgot is in the way of an intent: as `forgottenObstacle` in the SQLite store, after everything that is on
 * record.
 */
export const FORGOTTEN_FUNCTIONS = `
ALTER FUNCTION obstacle_to(jsonb) RENAME TO obstacle_on_record;

CREATE FUNCTION forgotten_obstacle(wanted jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  forgotten_until bigint := (SELECT value::bigint FROM meta WHERE key = 'forgotten_until');
  moment bigint := (wanted->>'now')::bigint;
BEGIN
  IF forgotten_until IS NULL THEN RETURN NULL; END IF;
  -- INVARIANT: a window that began before the restore may hold spends that nobody remembers.
  IF moment - (wanted->'once'->>'windowSeconds')::bigint < forgotten_until THEN RETURN '{"outcome":"outcome_unknown"}'; END IF;
  IF EXISTS (
    SELECT FROM jsonb_array_elements(wanted->'budgets')
    WHERE NOT coalesce((value->>'ofRun')::boolean, false) AND moment - (value->>'windowSeconds')::bigint < forgotten_until
  ) THEN RETURN '{"outcome":"budget_exceeded"}'; END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION obstacle_to(wanted jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce(obstacle_on_record(wanted), forgotten_obstacle(wanted));
END $$;
`;
