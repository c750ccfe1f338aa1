-- Partitions are created by whoever writes into them and dropped by retention; both through these functions, so that
-- playhead_writer owns nothing.
SET LOCAL ROLE playhead_owner;

-- Start of the partition that takes `bucket`.
CREATE FUNCTION partition_start(width text, bucket timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT date_trunc(width, bucket, 'UTC') $$;

CREATE FUNCTION partition_end(width text, bucket timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT (date_trunc(width, bucket AT TIME ZONE 'UTC') + ('1 ' || width)::interval) AT TIME ZONE 'UTC' $$;

CREATE FUNCTION partition_name(parent text, width text, bucket timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT parent || to_char(bucket AT TIME ZONE 'UTC',
                           CASE width WHEN 'day' THEN '_YYYYMMDD' WHEN 'month' THEN '_YYYYMM' ELSE '_YYYY' END)
$$;

-- Reads the catalog itself: to_regclass could answer from what this session knew before it waited for a lock.
CREATE FUNCTION partition_exists(partition text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM pg_class c WHERE c.relname = partition AND c.relnamespace = 'public'::regnamespace);
END
$$;

-- Makes sure that `parent` has a partition for `bucket`. A standalone table is created and attached: that takes SHARE
-- UPDATE EXCLUSIVE on the parent, which neither blocks readers nor waits for them. The lock is held until the end of
-- the transaction and is always taken after the advisory lock, so that two creators cannot deadlock.
CREATE FUNCTION ensure_partition(parent text, bucket timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  width text := (SELECT t.width FROM partitioned_tables t WHERE t.name = parent);
  child text;
BEGIN
  IF width IS NULL THEN
    RAISE EXCEPTION 'ensure_partition: "%" is not a partitioned table of Playhead', parent
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF bucket IS NULL OR bucket NOT BETWEEN '2000-01-01 00:00+00' AND '2099-12-31 00:00+00' THEN
    RAISE EXCEPTION 'ensure_partition: bucket % is not in the years 2000 to 2099', bucket
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  child := partition_name(parent, width, bucket);
  IF partition_exists(child) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(7071, 1);
  IF partition_exists(child) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
                 child, parent);
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, child,
                 partition_start(width, bucket), partition_end(width, bucket));
END
$$;

-- Every partition with its bounds.
CREATE FUNCTION list_partitions()
RETURNS TABLE (parent text, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT t.name, child.relname::text, bounds[1]::timestamptz, bounds[2]::timestamptz
  FROM partitioned_tables t
  JOIN pg_class mother ON mother.oid = to_regclass(format('public.%I', t.name))
  JOIN pg_inherits i ON i.inhparent = mother.oid
  JOIN pg_class child ON child.oid = i.inhrelid,
  regexp_match(pg_get_expr(child.relpartbound, child.oid), $r$FROM \('(.+)'\) TO \('(.+)'\)$r$) AS bounds
$$;

-- Drops the partition of `parent` that starts at `lower_bound`; false: it stays, because an unfolded epoch may have rows
-- in it. The drop needs the parent for itself for a moment: it gives up after 2 s (SQLSTATE 55P03) rather than hold up
-- readers for longer, and the next run tries again. The lock comes before the check: a writer that has rows in flight
-- is waited for and then seen.
CREATE FUNCTION drop_partition(parent text, lower_bound timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
  found record;
BEGIN
  SELECT l.partition, l.lower_bound, l.upper_bound, t.tier INTO found
  FROM list_partitions() l JOIN partitioned_tables t ON t.name = l.parent
  WHERE l.parent = drop_partition.parent AND l.lower_bound = drop_partition.lower_bound;
  IF found.partition IS NULL THEN
    RAISE EXCEPTION 'drop_partition: "%" has no partition that starts at %', parent, lower_bound
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  EXECUTE format('LOCK TABLE ONLY public.%I IN ACCESS EXCLUSIVE MODE', parent);
  IF found.tier < 2 AND parent <> 'ledger' AND EXISTS (
       SELECT FROM epochs e
       WHERE e.tier = found.tier AND e.folded_by IS NULL
         AND e.least_bucket < found.upper_bound AND e.greatest_bucket >= found.lower_bound) THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE public.%I', found.partition);
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION ensure_partition, drop_partition, list_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partition, drop_partition, list_partitions TO playhead_writer;
