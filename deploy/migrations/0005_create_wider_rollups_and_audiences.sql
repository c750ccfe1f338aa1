-- More tables of rollups, and audiences. Generated from the catalog by catalog_ddl: change the catalog, not this file.
-- audience_ten_seconds: VIEWs per epoch, audience (a set of dimensions; the others are empty), ten seconds and
-- dimensions. peak_quarter_hour: the most of them in a quarter hour; of several rows of one key the greatest counts.
SET LOCAL ROLE playhead_owner;

CREATE TABLE rollup_os_browser_minute (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_minute (partner, bucket);
CREATE INDEX ON rollup_os_browser_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_os_browser_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_minute', 'day', 0);

CREATE TABLE rollup_os_browser_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_events_minute (partner, bucket);
CREATE INDEX ON rollup_os_browser_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_os_browser_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_events_minute', 'day', 0);

CREATE TABLE rollup_os_browser_quarter_hour (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_os_browser_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_os_browser_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_quarter_hour', 'month', 1);

CREATE TABLE rollup_os_browser_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_os_browser_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_os_browser_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_os_browser_day (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_day (partner, bucket);
ALTER TABLE rollup_os_browser_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_day', 'year', 2);

CREATE TABLE rollup_os_browser_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_os_browser_events_day (partner, bucket);
ALTER TABLE rollup_os_browser_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_os_browser_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_os_browser_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_os_browser_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_os_browser_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_os_browser_events_day', 'year', 2);

CREATE TABLE rollup_country_os_browser_quarter_hour (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_os_browser_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_country_os_browser_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_os_browser_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_os_browser_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_os_browser_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_os_browser_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_os_browser_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_os_browser_quarter_hour', 'month', 1);

CREATE TABLE rollup_country_os_browser_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_os_browser_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_country_os_browser_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_country_os_browser_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_os_browser_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_os_browser_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_os_browser_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_os_browser_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_os_browser_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_country_os_browser_day (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_os_browser_day (partner, bucket);
ALTER TABLE rollup_country_os_browser_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_os_browser_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_os_browser_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_os_browser_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_os_browser_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_os_browser_day', 'year', 2);

CREATE TABLE rollup_country_os_browser_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  country text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_country_os_browser_events_day (partner, bucket);
ALTER TABLE rollup_country_os_browser_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_country_os_browser_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_country_os_browser_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_country_os_browser_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_country_os_browser_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_country_os_browser_events_day', 'year', 2);

CREATE TABLE rollup_application_playback_context_minute (
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
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_minute (partner, bucket);
CREATE INDEX ON rollup_application_playback_context_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_application_playback_context_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_minute', 'day', 0);

CREATE TABLE rollup_application_playback_context_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_events_minute (partner, bucket);
CREATE INDEX ON rollup_application_playback_context_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_application_playback_context_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_events_minute', 'day', 0);

CREATE TABLE rollup_application_playback_context_quarter_hour (
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
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_application_playback_context_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_application_playback_context_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_quarter_hour', 'month', 1);

CREATE TABLE rollup_application_playback_context_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_application_playback_context_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_application_playback_context_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_application_playback_context_day (
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
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1),
  unique_known_users hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_day (partner, bucket);
ALTER TABLE rollup_application_playback_context_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_day', 'year', 2);

CREATE TABLE rollup_application_playback_context_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  application text COLLATE "C" NOT NULL,
  playback_context text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_application_playback_context_events_day (partner, bucket);
ALTER TABLE rollup_application_playback_context_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_application_playback_context_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_application_playback_context_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_application_playback_context_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_application_playback_context_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_application_playback_context_events_day', 'year', 2);

CREATE TABLE rollup_custom_vars_quarter_hour (
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
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_custom_vars_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_custom_vars_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_custom_vars_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_custom_vars_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_custom_vars_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_custom_vars_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_custom_vars_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_custom_vars_quarter_hour', 'month', 1);

CREATE TABLE rollup_custom_vars_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_custom_vars_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_custom_vars_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_custom_vars_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_custom_vars_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_custom_vars_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_custom_vars_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_custom_vars_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_custom_vars_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_custom_vars_day (
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
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_custom_vars_day (partner, bucket);
ALTER TABLE rollup_custom_vars_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_custom_vars_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_custom_vars_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_custom_vars_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_custom_vars_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_custom_vars_day', 'year', 2);

CREATE TABLE rollup_custom_vars_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_custom_vars_events_day (partner, bucket);
ALTER TABLE rollup_custom_vars_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_custom_vars_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_custom_vars_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_custom_vars_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_custom_vars_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_custom_vars_events_day', 'year', 2);

CREATE TABLE rollup_playback_type_minute (
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
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_minute (partner, bucket);
CREATE INDEX ON rollup_playback_type_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_playback_type_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_minute', 'day', 0);

CREATE TABLE rollup_playback_type_events_minute (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_events_minute (partner, bucket);
CREATE INDEX ON rollup_playback_type_events_minute USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_playback_type_events_minute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_events_minute FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_events_minute FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_events_minute TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_events_minute TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_events_minute', 'day', 0);

CREATE TABLE rollup_playback_type_quarter_hour (
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
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_playback_type_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_playback_type_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_quarter_hour', 'month', 1);

CREATE TABLE rollup_playback_type_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_playback_type_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_playback_type_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_playback_type_day (
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
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_day (partner, bucket);
ALTER TABLE rollup_playback_type_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_day', 'year', 2);

CREATE TABLE rollup_playback_type_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  playback_type text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_playback_type_events_day (partner, bucket);
ALTER TABLE rollup_playback_type_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_playback_type_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_playback_type_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_playback_type_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_playback_type_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_playback_type_events_day', 'year', 2);

CREATE TABLE rollup_entry_country_region_city_quarter_hour (
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
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_country_region_city_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_country_region_city_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_country_region_city_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_country_region_city_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_country_region_city_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_country_region_city_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_country_region_city_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_country_region_city_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_country_region_city_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_country_region_city_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_country_region_city_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_country_region_city_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_country_region_city_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_country_region_city_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_country_region_city_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_country_region_city_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_country_region_city_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_country_region_city_day (
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
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_country_region_city_day (partner, bucket);
ALTER TABLE rollup_entry_country_region_city_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_country_region_city_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_country_region_city_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_country_region_city_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_country_region_city_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_country_region_city_day', 'year', 2);

CREATE TABLE rollup_entry_country_region_city_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_country_region_city_events_day (partner, bucket);
ALTER TABLE rollup_entry_country_region_city_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_country_region_city_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_country_region_city_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_country_region_city_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_country_region_city_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_country_region_city_events_day', 'year', 2);

CREATE TABLE rollup_entry_device_os_quarter_hour (
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
  device text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_device_os_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_device_os_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_device_os_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_device_os_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_device_os_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_device_os_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_device_os_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_device_os_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_device_os_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_device_os_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_device_os_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_device_os_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_device_os_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_device_os_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_device_os_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_device_os_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_device_os_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_device_os_day (
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
  device text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_device_os_day (partner, bucket);
ALTER TABLE rollup_entry_device_os_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_device_os_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_device_os_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_device_os_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_device_os_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_device_os_day', 'year', 2);

CREATE TABLE rollup_entry_device_os_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_device_os_events_day (partner, bucket);
ALTER TABLE rollup_entry_device_os_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_device_os_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_device_os_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_device_os_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_device_os_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_device_os_events_day', 'year', 2);

CREATE TABLE rollup_entry_os_browser_quarter_hour (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_os_browser_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_os_browser_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_os_browser_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_os_browser_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_os_browser_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_os_browser_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_os_browser_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_os_browser_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_os_browser_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_os_browser_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_os_browser_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_os_browser_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_os_browser_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_os_browser_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_os_browser_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_os_browser_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_os_browser_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_os_browser_day (
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
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_os_browser_day (partner, bucket);
ALTER TABLE rollup_entry_os_browser_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_os_browser_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_os_browser_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_os_browser_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_os_browser_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_os_browser_day', 'year', 2);

CREATE TABLE rollup_entry_os_browser_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  operating_system_family text COLLATE "C" NOT NULL,
  operating_system text COLLATE "C" NOT NULL,
  browser_family text COLLATE "C" NOT NULL,
  browser text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_os_browser_events_day (partner, bucket);
ALTER TABLE rollup_entry_os_browser_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_os_browser_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_os_browser_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_os_browser_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_os_browser_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_os_browser_events_day', 'year', 2);

CREATE TABLE rollup_entry_custom_vars_quarter_hour (
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
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_custom_vars_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_custom_vars_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_custom_vars_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_custom_vars_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_custom_vars_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_custom_vars_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_custom_vars_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_custom_vars_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_custom_vars_events_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  event_count integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_custom_vars_events_quarter_hour (partner, bucket);
CREATE INDEX ON rollup_entry_custom_vars_events_quarter_hour USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE rollup_entry_custom_vars_events_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_custom_vars_events_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_custom_vars_events_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_custom_vars_events_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_custom_vars_events_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_custom_vars_events_quarter_hour', 'month', 1);

CREATE TABLE rollup_entry_custom_vars_day (
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
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  unique_viewers hll(11,5,-1,1),
  unique_sessions hll(11,5,-1,1)
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_custom_vars_day (partner, bucket);
ALTER TABLE rollup_entry_custom_vars_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_custom_vars_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_custom_vars_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_custom_vars_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_custom_vars_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_custom_vars_day', 'year', 2);

CREATE TABLE rollup_entry_custom_vars_events_day (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  bucket_end timestamptz NOT NULL,
  event_count bigint NOT NULL,
  partner integer NOT NULL,
  event_type integer NOT NULL,
  entry text COLLATE "C" NOT NULL,
  custom_var_1 text COLLATE "C" NOT NULL,
  custom_var_2 text COLLATE "C" NOT NULL,
  custom_var_3 text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON rollup_entry_custom_vars_events_day (partner, bucket);
ALTER TABLE rollup_entry_custom_vars_events_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON rollup_entry_custom_vars_events_day FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON rollup_entry_custom_vars_events_day FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON rollup_entry_custom_vars_events_day TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON rollup_entry_custom_vars_events_day TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('rollup_entry_custom_vars_events_day', 'year', 2);

CREATE TABLE audience_ten_seconds (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  views integer NOT NULL,
  audience text COLLATE "C" NOT NULL,
  entry text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  application text COLLATE "C" NOT NULL,
  traffic text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON audience_ten_seconds (partner, audience, bucket);
CREATE INDEX ON audience_ten_seconds USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE audience_ten_seconds ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON audience_ten_seconds FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON audience_ten_seconds FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON audience_ten_seconds TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON audience_ten_seconds TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('audience_ten_seconds', 'day', 0);

CREATE TABLE peak_quarter_hour (
  epoch_id bigint NOT NULL,
  bucket timestamptz NOT NULL,
  partner integer NOT NULL,
  peak_viewers integer NOT NULL,
  peak_human_viewers integer NOT NULL,
  audience text COLLATE "C" NOT NULL,
  entry text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  city text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  application text COLLATE "C" NOT NULL
) PARTITION BY RANGE (bucket);
CREATE INDEX ON peak_quarter_hour (partner, audience, bucket);
ALTER TABLE peak_quarter_hour ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_partner ON peak_quarter_hour FOR SELECT TO playhead_reader USING (partner = playhead_partner());
CREATE POLICY of_all ON peak_quarter_hour FOR SELECT TO playhead_reader_all USING (true);
GRANT SELECT ON peak_quarter_hour TO playhead_reader, playhead_reader_all;
GRANT SELECT, INSERT ON peak_quarter_hour TO playhead_writer;
INSERT INTO partitioned_tables (name, width, tier) VALUES ('peak_quarter_hour', 'month', 1);

INSERT INTO rollup_state (rollup, from_epoch_id, complete_after)
SELECT name, coalesce(max(epoch_id), 0) + 1, coalesce(max(greatest_bucket), '-infinity')
FROM (VALUES ('os_browser'), ('country_os_browser'), ('application_playback_context'), ('custom_vars'), ('playback_type'), ('entry_country_region_city'), ('entry_device_os'), ('entry_os_browser'), ('entry_custom_vars'), ('audience')) AS added (name) LEFT JOIN epochs ON true GROUP BY name;
