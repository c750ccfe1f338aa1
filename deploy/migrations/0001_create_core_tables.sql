-- Everything but the tables of facts and rollups, which follow from the catalog (0002).
CREATE EXTENSION IF NOT EXISTS hll;

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
