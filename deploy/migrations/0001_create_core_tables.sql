-- Roles, and everything but the tables of facts and rollups, which follow from the catalog (0002). Run by a superuser:
-- only one may create the extension and a role with BYPASSRLS.
CREATE EXTENSION IF NOT EXISTS hll;

-- Roles belong to the cluster: another database of it may have created them.
-- playhead_owner: owns everything. playhead_writer: the aggregator; COPY is refused under row-level security, hence
-- BYPASSRLS. playhead_reader: query, bound to the partner that a transaction sets in `playhead.partner`.
-- playhead_reader_all: query, for reports over all partners.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['playhead_owner NOLOGIN', 'playhead_writer LOGIN BYPASSRLS',
                                'playhead_reader LOGIN', 'playhead_reader_all LOGIN']
  LOOP
    BEGIN
      EXECUTE 'CREATE ROLE ' || wanted;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END
$$;
GRANT CREATE, USAGE ON SCHEMA public TO playhead_owner;
GRANT USAGE ON SCHEMA public TO playhead_writer, playhead_reader, playhead_reader_all;
SET LOCAL ROLE playhead_owner;

-- One row: what belongs to this installation and never changes.
CREATE TABLE installation (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Key of the hashes that become ids in pages and users.
  id_key          bytea   NOT NULL CHECK (octet_length(id_key) = 16),
  -- The log that the offsets belong to; set by the first aggregator that connects.
  log_uuid        uuid,
  partition_count integer CHECK (partition_count BETWEEN 1 AND 4096)
);
INSERT INTO installation (id_key) VALUES (uuid_send(gen_random_uuid()));

-- One row per log partition: what of it is committed. Written by the aggregator in every epoch, first statement.
CREATE TABLE log_offsets (
  partition   integer PRIMARY KEY,
  next_offset bigint  NOT NULL DEFAULT 0 CHECK (next_offset >= 0),
  -- Raised by each new owner; an older one cannot commit.
  fence       bigint  NOT NULL DEFAULT 0,
  -- Everything that reached the log at or before this instant is committed.
  through_at  timestamptz NOT NULL DEFAULT '-infinity'
);

-- One row per transaction that wrote rows: a commit of the aggregator (tier 0) or a fold (1: quarter hour, 2: day).
CREATE TABLE epochs (
  epoch_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Chosen before BEGIN; settles a COMMIT whose outcome is not known.
  commit_token    uuid NOT NULL UNIQUE,
  tier            smallint NOT NULL CHECK (tier BETWEEN 0 AND 2),
  committed_at    timestamptz NOT NULL DEFAULT now(),
  -- Least and greatest bucket of its rows; NULL: it has none.
  least_bucket    timestamptz,
  greatest_bucket timestamptz,
  -- Rows written, of all tables.
  row_count       bigint NOT NULL DEFAULT 0,
  -- The epoch of the next tier that took its rows; NULL: none yet.
  folded_by       bigint REFERENCES epochs (epoch_id)
);
CREATE INDEX epochs_unfolded ON epochs (tier, epoch_id) WHERE folded_by IS NULL;
CREATE INDEX epochs_folded_by ON epochs (folded_by) WHERE folded_by IS NOT NULL;

-- One row per rollup: which epochs it has. Written by the migrations and the backfill.
CREATE TABLE rollup_state (
  rollup         text PRIMARY KEY,
  -- Its rows exist for epochs at or above this one.
  from_epoch_id  bigint NOT NULL DEFAULT 0
);

-- One row per partner that is configured. Read by aggregator and query.
CREATE TABLE partners (
  partner       integer PRIMARY KEY CHECK (partner > 0),
  -- IANA name; days are folded in it.
  time_zone     text NOT NULL DEFAULT 'UTC',
  -- Day rows of epochs up to this one are in an earlier zone: readers use quarter rows for what those folded.
  zone_epoch_id bigint NOT NULL DEFAULT 0
);

-- Append-only texts behind the hashed ids of facts and rollups; written by the aggregator, read by query.
CREATE TABLE pages (
  partner integer NOT NULL,
  page_id bigint  NOT NULL,
  page    text COLLATE "C" NOT NULL,
  PRIMARY KEY (partner, page_id)
);
CREATE TABLE users (
  partner integer NOT NULL,
  user_id bigint  NOT NULL,
  "user"  text COLLATE "C" NOT NULL,
  PRIMARY KEY (partner, user_id)
);

-- Conservation of events: per epoch, minute of receipt (UTC), door, partner and outcome.
-- received = accepted + duplicate + rejected, by the sums of epochs.
CREATE TABLE ledger (
  epoch_id bigint      NOT NULL,
  minute   timestamptz NOT NULL,
  door     text        NOT NULL,  -- beacon, grpc
  partner  integer     NOT NULL,  -- 0: not known
  outcome  text        NOT NULL,  -- accepted, duplicate, rejected, implausible_play_time_ms
  reason   text        NOT NULL,  -- of a rejection, lower case; else empty
  count    bigint      NOT NULL
) PARTITION BY RANGE (minute);
CREATE INDEX ON ledger (minute, partner);

-- One row per record of the log that was not a valid batch. Written by the aggregator.
CREATE TABLE rejected_batches (
  epoch_id       bigint      NOT NULL,
  partition      integer     NOT NULL,
  record_offset  bigint      NOT NULL,
  append_time    timestamptz NOT NULL,
  bytes          bigint      NOT NULL,
  reason         text        NOT NULL
);

-- One row per table that is partitioned by ranges of time (UTC). Written by the migrations, read by the functions that
-- create and drop partitions.
CREATE TABLE partitioned_tables (
  -- Partitions are called <name>_<YYYYMMDD>, _<YYYYMM> or _<YYYY>; PostgreSQL cuts names at 63 bytes.
  name  text PRIMARY KEY CHECK (octet_length(name) <= 63 - CASE width WHEN 'day' THEN 9 WHEN 'month' THEN 7 ELSE 5 END),
  -- What one partition takes.
  width text NOT NULL CHECK (width IN ('day', 'month', 'year')),
  -- Epochs of this tier write it: a partition stays while one of them is unfolded.
  tier  smallint NOT NULL CHECK (tier BETWEEN 0 AND 2)
);
INSERT INTO partitioned_tables (name, width, tier) VALUES ('ledger', 'day', 0);

-- Row-level security: a second net under the checks of query. Never granted on partitions.
CREATE FUNCTION playhead_partner() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('playhead.partner', true), '')::integer $$;

ALTER TABLE partners ENABLE ROW LEVEL SECURITY;
ALTER TABLE pages    ENABLE ROW LEVEL SECURITY;
ALTER TABLE users    ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger   ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON partners FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_partner ON pages    FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_partner ON users    FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_partner ON ledger   FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON partners FOR SELECT TO playhead_reader_all USING (true);
CREATE POLICY of_all ON pages    FOR SELECT TO playhead_reader_all USING (true);
CREATE POLICY of_all ON users    FOR SELECT TO playhead_reader_all USING (true);
CREATE POLICY of_all ON ledger   FOR SELECT TO playhead_reader_all USING (true);

GRANT SELECT ON installation, log_offsets, epochs, rollup_state, partners, pages, users, ledger
  TO playhead_reader, playhead_reader_all;
GRANT SELECT ON rejected_batches TO playhead_reader_all;

GRANT SELECT, UPDATE (log_uuid, partition_count) ON installation TO playhead_writer;
GRANT SELECT, INSERT, UPDATE ON log_offsets, epochs TO playhead_writer;
GRANT SELECT ON rollup_state, partners, partitioned_tables TO playhead_writer;
GRANT SELECT, INSERT ON pages, users, ledger TO playhead_writer;
GRANT SELECT, INSERT, DELETE ON rejected_batches TO playhead_writer;
