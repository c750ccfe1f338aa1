-- Tables of facts and rollups. Generated from the catalog by catalog_ddl: change the catalog, not this file.
-- facts: one row per epoch, playback, minute and distinct dimension values; facts_events: its event types without a
-- measure, and error codes. rollup_<name>_<grain>: partial sums per epoch, partner, bucket (UTC; days are of the
-- partner's zone) and dimensions; rollup_<name>_events_<grain>: its event types without a measure. Written by the
-- aggregator (commits and folds), read by query. Readers sum; NULL is zero.
SET LOCAL ROLE playhead_owner;

CREATE TABLE facts (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  session_high bigint NOT NULL,
  session_low bigint NOT NULL,
  viewer_hash bigint NOT NULL,
  known_user_hash bigint NOT NULL,
  page_id bigint NOT NULL,
  user_id bigint NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  entry text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  isp text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  playback_type text COLLATE "C" NOT NULL,
  delivery_type text COLLATE "C" NOT NULL,
  player_version text COLLATE "C" NOT NULL,
  ui_conf text COLLATE "C" NOT NULL,
  virtual_event text COLLATE "C" NOT NULL,
  playlist text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON facts (partner, bucket);
CREATE INDEX ON facts USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON facts FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON facts FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON facts TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON facts TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('facts', 'day', 0);

CREATE TABLE facts_events (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  session_high bigint NOT NULL,
  session_low bigint NOT NULL,
  viewer_hash bigint NOT NULL,
  known_user_hash bigint NOT NULL,
  page_id bigint NOT NULL,
  user_id bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  isp text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  playback_type text COLLATE "C" NOT NULL,
  delivery_type text COLLATE "C" NOT NULL,
  player_version text COLLATE "C" NOT NULL,
  ui_conf text COLLATE "C" NOT NULL,
  virtual_event text COLLATE "C" NOT NULL,
  playlist text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  error_code text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON facts_events (partner, bucket);
CREATE INDEX ON facts_events USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE facts_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON facts_events FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON facts_events FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON facts_events TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON facts_events TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('facts_events', 'day', 0);

CREATE TABLE rollup_partner_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_minute (partner, bucket);
CREATE INDEX ON rollup_partner_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_partner_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_minute', 'day', 0);

CREATE TABLE rollup_partner_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_events_minute (partner, bucket);
CREATE INDEX ON rollup_partner_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_partner_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_events_minute', 'day', 0);

CREATE TABLE rollup_partner_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_partner_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_partner_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_quarter_hour', 'month', 1);

CREATE TABLE rollup_partner_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_partner_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_partner_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_partner_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_day (partner, bucket);
ALTER TABLE rollup_partner_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_day', 'year', 2);

CREATE TABLE rollup_partner_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_partner_events_day (partner, bucket);
ALTER TABLE rollup_partner_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_partner_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_partner_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_partner_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_partner_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_partner_events_day', 'year', 2);

CREATE TABLE rollup_entry_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_minute (partner, bucket);
CREATE INDEX ON rollup_entry_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_minute', 'day', 0);

CREATE TABLE rollup_entry_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_events_minute (partner, bucket);
CREATE INDEX ON rollup_entry_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_events_minute', 'day', 0);

CREATE TABLE rollup_entry_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_day (partner, bucket);
ALTER TABLE rollup_entry_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_day', 'year', 2);

CREATE TABLE rollup_entry_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_events_day (partner, bucket);
ALTER TABLE rollup_entry_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_events_day', 'year', 2);

CREATE TABLE rollup_country_region_city_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_minute (partner, bucket);
CREATE INDEX ON rollup_country_region_city_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_region_city_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_minute', 'day', 0);

CREATE TABLE rollup_country_region_city_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_events_minute (partner, bucket);
CREATE INDEX ON rollup_country_region_city_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_region_city_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_events_minute', 'day', 0);

CREATE TABLE rollup_country_region_city_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_country_region_city_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_region_city_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_quarter_hour', 'month', 1);

CREATE TABLE rollup_country_region_city_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_country_region_city_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_region_city_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_country_region_city_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_day (partner, bucket);
ALTER TABLE rollup_country_region_city_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_day', 'year', 2);

CREATE TABLE rollup_country_region_city_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_region_city_events_day (partner, bucket);
ALTER TABLE rollup_country_region_city_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_region_city_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_region_city_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_region_city_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_region_city_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_region_city_events_day', 'year', 2);

CREATE TABLE rollup_device_os_browser_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_minute (partner, bucket);
CREATE INDEX ON rollup_device_os_browser_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_device_os_browser_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_minute', 'day', 0);

CREATE TABLE rollup_device_os_browser_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_events_minute (partner, bucket);
CREATE INDEX ON rollup_device_os_browser_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_device_os_browser_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_events_minute', 'day', 0);

CREATE TABLE rollup_device_os_browser_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_device_os_browser_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_device_os_browser_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_quarter_hour', 'month', 1);

CREATE TABLE rollup_device_os_browser_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_device_os_browser_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_device_os_browser_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_device_os_browser_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_day (partner, bucket);
ALTER TABLE rollup_device_os_browser_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_day', 'year', 2);

CREATE TABLE rollup_device_os_browser_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_device_os_browser_events_day (partner, bucket);
ALTER TABLE rollup_device_os_browser_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_device_os_browser_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_device_os_browser_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_device_os_browser_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_device_os_browser_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_device_os_browser_events_day', 'year', 2);

CREATE TABLE rollup_domain_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_minute (partner, bucket);
CREATE INDEX ON rollup_domain_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_domain_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_minute', 'day', 0);

CREATE TABLE rollup_domain_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_events_minute (partner, bucket);
CREATE INDEX ON rollup_domain_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_domain_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_events_minute', 'day', 0);

CREATE TABLE rollup_domain_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_domain_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_domain_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_quarter_hour', 'month', 1);

CREATE TABLE rollup_domain_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_domain_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_domain_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_domain_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_day (partner, bucket);
ALTER TABLE rollup_domain_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_day', 'year', 2);

CREATE TABLE rollup_domain_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_domain_events_day (partner, bucket);
ALTER TABLE rollup_domain_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_domain_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_domain_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_domain_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_domain_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_domain_events_day', 'year', 2);

CREATE TABLE rollup_entry_domain_page_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  page_id bigint NOT NULL,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  bitrate_bps bigint,
  partner integer NOT NULL,
  impressions integer,
  play_requests integer,
  plays integer,
  resumes integer,
  play_through_25 integer,
  play_through_50 integer,
  play_through_75 integer,
  play_through_90 integer,
  play_through_100 integer,
  pauses integer,
  seeks integer,
  replays integer,
  buffer_starts integer,
  errors integer,
  views integer,
  join_count integer,
  bitrate_count integer,
  entry text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_domain_page_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_domain_page_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_domain_page_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_domain_page_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_domain_page_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_domain_page_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_domain_page_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_domain_page_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_domain_page_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  page_id bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_domain_page_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_domain_page_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_domain_page_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_domain_page_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_domain_page_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_domain_page_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_domain_page_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_domain_page_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_domain_page_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  page_id bigint NOT NULL,
  bucket_end timestamptz NOT NULL,
  impressions bigint,
  play_requests bigint,
  plays bigint,
  resumes bigint,
  play_through_25 bigint,
  play_through_50 bigint,
  play_through_75 bigint,
  play_through_90 bigint,
  play_through_100 bigint,
  pauses bigint,
  seeks bigint,
  replays bigint,
  buffer_starts bigint,
  errors bigint,
  views bigint,
  play_time_ms bigint,
  buffer_time_ms bigint,
  join_time_ms bigint,
  join_count bigint,
  bitrate_bps bigint,
  bitrate_count bigint,
  partner integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_domain_page_day (partner, bucket);
ALTER TABLE rollup_entry_domain_page_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_domain_page_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_domain_page_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_domain_page_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_domain_page_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_domain_page_day', 'year', 2);

CREATE TABLE rollup_entry_domain_page_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  page_id bigint NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_domain_page_events_day (partner, bucket);
ALTER TABLE rollup_entry_domain_page_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_domain_page_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_domain_page_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_domain_page_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_domain_page_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_domain_page_events_day', 'year', 2);

INSERT INTO rollup_state (rollup) VALUES ('partner'), ('entry'), ('country_region_city'), ('device_os_browser'), ('domain'), ('entry_domain_page');
