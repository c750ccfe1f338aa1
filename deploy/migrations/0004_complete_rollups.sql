-- A rollup that a later release adds lacks the epochs before it. Its rows are complete for ranges that begin after the
-- greatest bucket of those epochs; reports over earlier ranges use other rows. Run migrations while no aggregator runs.
SET LOCAL ROLE playhead_owner;

ALTER TABLE rollup_state ADD COLUMN complete_after timestamptz NOT NULL DEFAULT '-infinity';
